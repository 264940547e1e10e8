package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;

/** Dropout in one pass over memory, with the mask of {@link DropoutMask}. */
final class DropoutOneDnn {

  private DropoutOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    DropoutOp op = (DropoutOp) node.op();
    Value y = node.output(0);
    Storage x =
        lowering.converted(node.input(0), lowering.describe(node.input(0)), lowering.describe(y));
    lowering.tryInPlace(y, node.input(0));
    Storage key = lowering.storage(node.input(1));
    Storage target = lowering.storage(y);
    DType dtype = y.dtype();
    int count = y.shape().count();
    float factor = (float) (1 / (1 - op.rate()));
    DropoutMask mask = new DropoutMask(op, y.shape(), lowering.layout(y));
    int length = mask.rowLength();
    int rows = (count + length - 1) / length;
    float[][] elements = new float[ThreadTeam.SIZE][length];
    ThreadTeam.Part part =
        (own, from, to) -> {
          float[] row = elements[own];
          for (int r = from; r < to; r++) {
            int offset = r * length;
            int size = Math.min(length, count - offset);
            x.rows(dtype).read(offset, row, size);
            keep(row, mask.of(own, offset, size), factor, size);
            target.rows(dtype).write(offset, row, size);
          }
        };
    lowering.add(
        () -> {
          mask.draw(key.buffer());
          ThreadTeam.run(rows, length, part);
        },
        x,
        key,
        target);
  }

  /** Selects by bits: the processor cannot foresee a random branch. */
  private static void keep(float[] row, int[] mask, float factor, int size) {
    for (int i = 0; i < size; i++) {
      row[i] = Float.intBitsToFloat(Float.floatToRawIntBits(row[i] * factor) & mask[i]);
    }
  }
}
