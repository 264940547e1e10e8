package dev.convoy.backend.onednn;

import dev.convoy.op.Value;
import dev.convoy.tensor.DType;

/**
 * An elementwise function of our own, over pieces that stay in a core's first cache. Computed in
 * f32 whatever the element type is.
 */
final class ElementwiseRows {

  /** Elements of a piece. */
  static final int ROW = 2_048;

  /** Computes a piece of the result into the first array; the others hold the inputs. */
  @FunctionalInterface
  interface Function {
    void apply(float[][] inputs, int size);
  }

  private ElementwiseRows() {}

  /**
   * Adds a kernel for {@code output = function(inputs)}. The function leaves its result in the
   * first array.
   */
  static void add(Lowering lowering, Value output, Function function, Value... inputs) {
    Operand[] operands = new Operand[inputs.length];
    Storage[] touched = new Storage[inputs.length + 1];
    for (int i = 0; i < inputs.length; i++) {
      operands[i] = Operand.of(inputs[i], output, lowering);
      touched[i] = operands[i].storage();
    }
    for (Value input : inputs) {
      if (input.shape().equals(output.shape()) && lowering.tryInPlace(output, input)) {
        break;
      }
    }
    Storage target = lowering.storage(output);
    touched[inputs.length] = target;
    DType dtype = output.dtype();
    int count = output.shape().count();
    int length = Math.min(ROW, count);
    float[][][] buffers = new float[ThreadTeam.SIZE][inputs.length][length];
    ThreadTeam.Part part =
        (own, from, to) -> {
          for (int row = from; row < to; row++) {
            int offset = row * length;
            int size = Math.min(length, count - offset);
            for (int i = 0; i < operands.length; i++) {
              operands[i].fill(offset, buffers[own][i], size);
            }
            function.apply(buffers[own], size);
            target.rows(dtype).write(offset, buffers[own][0], size);
          }
        };
    lowering.add(
        () -> {
          for (Operand operand : operands) {
            operand.load();
          }
          ThreadTeam.run((count + length - 1) / length, length, part);
        },
        touched);
  }
}
