package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.function.Function;

/**
 * A node with what a kernel must know beside it.
 *
 * @param code written into the status word if the node meets bad data; not 0
 * @param layouts how each of its values lies in memory, {@link
 *     dev.convoy.backend.LayoutAssignment#of} for example
 */
public record KernelNode(Node node, int code, Function<Value, Layout> layouts) {

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
    return value.shape().rank() == 4 && layouts.apply(value) == Layout.CHANNELS_LAST;
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
    return layouts.apply(value).strides(value.shape());
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
    if (!Layout.indifferent(shape) && !lastChannels(value)) {
      throw new ConvoyException(
          node.label() + ": its CUDA kernel needs " + shape + " channels last; transpose it");
    }
  }

  /** Refuses values of different layouts: the kernel takes elements as they lie. */
  void requireOneLayout() {
    Layout expected = layouts.apply(node.output(0));
    for (Value value : node.inputs()) {
      if (!Layout.indifferent(value.shape()) && layouts.apply(value) != expected) {
        throw new ConvoyException(
            node.label() + ": its CUDA kernel needs inputs and output in one layout");
      }
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
