package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/**
 * Pictures and filters with one to three channels, filled up with zeros to four: the tensor cores'
 * kernels load whole words of eight bytes or more, and three channels of two bytes begin in the
 * middle of one. Sums do not change; a first convolution costs a copy of the pictures.
 */
final class PaddedChannels {

  private static final int CHANNELS = 4;

  private PaddedChannels() {}

  /** Whether a convolution could run on tensor cores if its pictures had more channels. */
  static boolean help(Conv2dOp op, Value x, boolean tensorFloat32) {
    boolean cores = x.dtype().bytes() == 2 || x.dtype() == DType.F32 && tensorFloat32;
    return cores && op.groups() == 1 && x.shape().dim(1) < CHANNELS;
  }

  static Shape padded(Shape shape) {
    return shape.with(1, CHANNELS);
  }

  /** Adds the copy of a value, channels last in a type, with zeros behind its channels. */
  static DevicePlace of(Value value, DType dtype, CudaLowering lowering) {
    DevicePlace source = lowering.converted(value, dtype, Layout.CHANNELS_LAST);
    DevicePlace target = lowering.temporary((long) padded(value.shape()).count() * dtype.bytes());
    add(
        ConcatCuda.embed(dtype, pixels(value.shape()), value.shape().dim(1), CHANNELS),
        source,
        target,
        lowering);
    return target;
  }

  /** Adds the copy of what {@link #of} would have filled up: the channels of a shape alone. */
  static DevicePlace cut(DevicePlace source, Shape shape, DType dtype, CudaLowering lowering) {
    DevicePlace target = lowering.temporary((long) shape.count() * dtype.bytes());
    add(ConcatCuda.cut(dtype, pixels(shape), shape.dim(1), CHANNELS), source, target, lowering);
    return target;
  }

  private static long pixels(Shape shape) {
    return shape.count() / shape.dim(1);
  }

  private static void add(
      Launch launch, DevicePlace source, DevicePlace target, CudaLowering lowering) {
    lowering.addKernel(
        new KernelLaunch(
            lowering.context(),
            launch,
            argument -> argument instanceof Argument.Input ? source.address() : target.address()),
        source,
        target);
  }
}
