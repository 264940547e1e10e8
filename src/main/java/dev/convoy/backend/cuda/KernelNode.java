package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.function.Predicate;

/**
 * A node with what a kernel must know beside it.
 *
 * @param code written into the status word if the node meets bad data; not 0
 * @param channelsLast whether a value with four axes lies N×H×W×C; all others are row-major
 */
public record KernelNode(Node node, int code, Predicate<Value> channelsLast) {

  Shape input(int index) {
    return node.input(index).shape();
  }

  Shape output(int index) {
    return node.output(index).shape();
  }

  /** The element type of the first input. */
  DType element() {
    return node.input(0).dtype();
  }

  CudaKernel kernel(String source, String name) {
    return new CudaKernel(source, name, element());
  }

  Argument codeArgument() {
    return Argument.ints(code);
  }

  boolean lastChannels(Value value) {
    return value.shape().rank() == 4 && channelsLast.test(value);
  }

  /** Extents in the order of memory, outermost first. */
  int[] memoryDims(Value value) {
    int[] d = value.shape().dims();
    return lastChannels(value) ? new int[] {d[0], d[2], d[3], d[1]} : d;
  }

  /** Position of an axis in the order of memory. */
  int memoryAxis(Value value, int axis) {
    return lastChannels(value) ? new int[] {0, 3, 1, 2}[axis] : axis;
  }

  /** Elements between neighbours along each axis of the shape. */
  long[] strides(Value value) {
    Shape shape = value.shape();
    int[] rowMajor = shape.rowMajorStrides();
    long[] strides = new long[rowMajor.length];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = rowMajor[axis];
    }
    if (lastChannels(value)) {
      long channels = shape.dim(1);
      long row = channels * shape.dim(3);
      return new long[] {row * shape.dim(2), 1, row, channels};
    }
    return strides;
  }

  /** Refuses pictures that are not channels last: the kernel would read them wrongly. */
  void requireChannelsLast() {
    for (Value value : node.inputs()) {
      requireChannelsLast(value);
    }
    node.outputs().forEach(this::requireChannelsLast);
  }

  void requireChannelsLast(Value value) {
    Shape shape = value.shape();
    boolean indifferent =
        shape.rank() != 4 || shape.dim(1) == 1 || shape.dim(2) * shape.dim(3) == 1;
    if (!indifferent && !lastChannels(value)) {
      throw new ConvoyException(
          node.label() + ": its CUDA kernel needs " + shape + " channels last; transpose it");
    }
  }

  /** Structure {@code Picture} of the kernels. */
  static Argument picture(Shape shape) {
    return Argument.ints(shape.dim(0), shape.dim(2), shape.dim(3), shape.dim(1));
  }

  /** Structure {@code Window} of the kernels. */
  static Argument window(Window2d window) {
    return Argument.ints(
        window.kernelHeight(),
        window.kernelWidth(),
        window.strideHeight(),
        window.strideWidth(),
        window.padding().top(),
        window.padding().left(),
        window.dilationHeight(),
        window.dilationWidth());
  }
}
