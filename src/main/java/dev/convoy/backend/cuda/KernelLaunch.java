package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/** One of our kernels with its grid and arguments. */
final class KernelLaunch implements DeviceKernel {

  /** Blocks of a grid, or threads of a block. */
  record Extent(int x, int y, int z) {

    static Extent of(int x) {
      return new Extent(x, 1, 1);
    }
  }

  private sealed interface Argument {
    void write(BytePointer slot);

    default int bytes() {
      return Long.BYTES;
    }
  }

  private record Address(DevicePlace place, long offset) implements Argument {
    @Override
    public void write(BytePointer slot) {
      slot.putLong(place.address() + offset);
    }
  }

  private record Null() implements Argument {
    @Override
    public void write(BytePointer slot) {
      slot.putLong(0);
    }
  }

  private record Int32(int value) implements Argument {
    @Override
    public void write(BytePointer slot) {
      slot.putInt(value);
    }
  }

  private record Int64(long value) implements Argument {
    @Override
    public void write(BytePointer slot) {
      slot.putLong(value);
    }
  }

  private record Struct(int... fields) implements Argument {
    @Override
    public int bytes() {
      return Integer.BYTES * fields.length;
    }

    @Override
    public void write(BytePointer slot) {
      for (int i = 0; i < fields.length; i++) {
        slot.putInt((long) Integer.BYTES * i, fields[i]);
      }
    }
  }

  private record Float32(float value) implements Argument {
    @Override
    public void write(BytePointer slot) {
      slot.putFloat(value);
    }
  }

  private final CudaContext context;
  private final String kernel;
  private final CUfunc_st function;
  private final Extent grid;
  private final Extent block;
  private final int sharedBytes;
  private final List<Argument> arguments = new ArrayList<>();
  private @Nullable BytePointer values;
  private @Nullable PointerPointer<Pointer> addresses;

  KernelLaunch(
      CudaContext context,
      String file,
      String kernel,
      DType element,
      Extent grid,
      Extent block,
      int sharedBytes) {
    this.context = context;
    this.kernel = kernel;
    this.function = context.modules().function(file, kernel, element);
    this.grid = grid;
    this.block = block;
    this.sharedBytes = sharedBytes;
  }

  KernelLaunch pass(DevicePlace place) {
    return pass(place, 0);
  }

  /**
   * @param offset in bytes
   */
  KernelLaunch pass(DevicePlace place, long offset) {
    arguments.add(new Address(place, offset));
    return this;
  }

  KernelLaunch passNull() {
    arguments.add(new Null());
    return this;
  }

  KernelLaunch pass(int value) {
    arguments.add(new Int32(value));
    return this;
  }

  KernelLaunch pass(long value) {
    arguments.add(new Int64(value));
    return this;
  }

  KernelLaunch pass(float value) {
    arguments.add(new Float32(value));
    return this;
  }

  /** A structure of integers. */
  KernelLaunch passStruct(int... fields) {
    arguments.add(new Struct(fields));
    return this;
  }

  @Override
  public void bind() {
    long bytes = arguments.stream().mapToLong(KernelLaunch::slot).sum();
    BytePointer slots = new BytePointer(bytes);
    PointerPointer<Pointer> places = new PointerPointer<>(arguments.size());
    long offset = 0;
    for (int i = 0; i < arguments.size(); i++) {
      BytePointer slot = slots.getPointer(offset);
      arguments.get(i).write(slot);
      places.put(i, slot);
      offset += slot(arguments.get(i));
    }
    values = slots;
    addresses = places;
  }

  /** Arguments begin at multiples of eight bytes. */
  private static long slot(Argument argument) {
    return (argument.bytes() + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
  }

  @Override
  public void run() {
    CudaException.check(
        cudart.cuLaunchKernel(
            function,
            grid.x,
            grid.y,
            grid.z,
            block.x,
            block.y,
            block.z,
            sharedBytes,
            context.stream(),
            addresses,
            null),
        "launching " + kernel);
  }

  @Override
  public String toString() {
    return kernel;
  }
}
