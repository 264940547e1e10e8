package dev.convoy.backend.cuda;

import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** A {@link Launch} with its function on the GPU and, once bound, its arguments. */
final class KernelLaunch implements DeviceKernel {

  private final CudaContext context;
  private final Launch launch;
  private final ToLongFunction<Argument> addresses;
  private final CUfunc_st function;
  private @Nullable BytePointer values;
  private @Nullable PointerPointer<Pointer> arguments;

  /**
   * @param addresses of everything that is not given as bytes; asked when the launch is bound
   */
  KernelLaunch(CudaContext context, Launch launch, ToLongFunction<Argument> addresses) {
    this.context = context;
    this.launch = launch;
    this.addresses = addresses;
    this.function = context.modules().function(launch.kernel());
  }

  @Override
  public void bind() {
    List<Argument> given = launch.arguments();
    BytePointer slots = new BytePointer(given.stream().mapToLong(KernelLaunch::slot).sum());
    PointerPointer<Pointer> places = new PointerPointer<>(given.size());
    long offset = 0;
    for (int i = 0; i < given.size(); i++) {
      BytePointer slot = slots.getPointer(offset);
      write(given.get(i), slot);
      places.put(i, slot);
      offset += slot(given.get(i));
    }
    values = slots;
    arguments = places;
  }

  /** Arguments begin at multiples of eight bytes. */
  private static long slot(Argument argument) {
    int bytes = argument instanceof Argument.Bytes value ? value.content().length : Long.BYTES;
    return (bytes + Long.BYTES - 1L) / Long.BYTES * Long.BYTES;
  }

  private void write(Argument argument, BytePointer slot) {
    if (argument instanceof Argument.Bytes value) {
      slot.put(value.content(), 0, value.content().length);
    } else {
      slot.putLong(addresses.applyAsLong(argument));
    }
  }

  @Override
  public void run() {
    Extent grid = launch.grid();
    Extent block = launch.block();
    CudaException.check(
        cudart.cuLaunchKernel(
            function,
            grid.x(),
            grid.y(),
            grid.z(),
            block.x(),
            block.y(),
            block.z(),
            launch.sharedBytes(),
            context.stream(),
            arguments,
            (PointerPointer<?>) null),
        "launching " + launch.kernel().entry());
  }

  @Override
  public String toString() {
    return launch.kernel().entry() + (values == null ? ", not bound" : "");
  }
}
