package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;
import java.util.Locale;

/** Copies of a whole place into another element type or order. */
final class ReorderCuda {

  /** A place with what is in it. */
  record Side(DevicePlace place, DType dtype, Layout layout) {}

  private ReorderCuda() {}

  /** Adds the copy; through a place between if type and order both change. */
  static void add(CudaLowering lowering, Shape shape, Side from, Side to) {
    if (from.dtype != to.dtype && !sameOrder(shape, from, to)) {
      DevicePlace between = lowering.temporary((long) shape.count() * to.dtype.bytes());
      Side cast = new Side(between, to.dtype, from.layout);
      addOne(lowering, shape, from, cast);
      addOne(lowering, shape, cast, to);
    } else {
      addOne(lowering, shape, from, to);
    }
  }

  private static void addOne(CudaLowering lowering, Shape shape, Side from, Side to) {
    lowering.addKernel(kernel(lowering.context(), shape, from, to), from.place, to.place);
  }

  /** The copy where only type or only order changes. */
  static DeviceKernel kernel(CudaContext context, Shape shape, Side from, Side to) {
    return new KernelLaunch(
        context,
        launch(shape, from, to),
        argument -> argument instanceof Argument.Input ? from.place.address() : to.place.address());
  }

  private static Launch launch(Shape shape, Side from, Side to) {
    if (sameOrder(shape, from, to)) {
      return cast(shape.count(), from.dtype, to.dtype);
    }
    return to.layout == Layout.CHANNELS_LAST
        ? TransposeCuda.toChannelsLast(to.dtype, shape, Argument.input(0), Argument.output(0))
        : TransposeCuda.toRowMajor(to.dtype, shape, Argument.input(0), Argument.output(0));
  }

  private static boolean sameOrder(Shape shape, Side from, Side to) {
    return from.layout == to.layout || Layout.indifferent(shape);
  }

  private static Launch cast(int count, DType from, DType to) {
    String name = "cast_from_" + from.name().toLowerCase(Locale.ROOT);
    return Launch.of(
        new CudaKernel("elementwise", name, to),
        Grid.octets(count),
        List.of(Argument.input(0), Argument.output(0), Argument.longs(count))
            .toArray(Argument[]::new));
  }
}
