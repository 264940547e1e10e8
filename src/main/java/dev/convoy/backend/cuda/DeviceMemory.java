package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import java.util.Locale;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/** One block of the GPU's memory, zeroed. */
final class DeviceMemory implements AutoCloseable {

  private final CudaContext context;
  private final Pointer block = new Pointer();
  private boolean closed;

  /**
   * @throws ConvoyException if so much is not free, with what is
   */
  DeviceMemory(CudaContext context, long bytes) {
    this.context = context;
    context.makeCurrent();
    int status = cudart.cudaMalloc(block, Math.max(1, bytes));
    if (status == cudart.cudaErrorMemoryAllocation) {
      // The error would otherwise be reported again by the next call that looks for one.
      cudart.cudaGetLastError();
      throw new ConvoyException(
          String.format(
              "%s has %s free, %s are needed; use a smaller batch",
              context.device(), gibibytes(free()), gibibytes(bytes)));
    }
    CudaException.check(status, "allocating " + bytes + " bytes");
    CudaException.check(
        cudart.cudaMemsetAsync(block, 0, bytes, context.stream()), "clearing memory");
  }

  /** Bytes of the current device. */
  static long free() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      CudaException.check(cudart.cudaMemGetInfo(free, total), "asking for free memory");
      return free.get();
    }
  }

  private static String gibibytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / 0x1p30);
  }

  long address() {
    return block.address();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      context.makeCurrent();
      CudaException.check(cudart.cudaFree(block), "freeing memory");
    }
  }
}
