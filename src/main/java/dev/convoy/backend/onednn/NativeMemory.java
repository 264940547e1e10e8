package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * One block of native memory, zeroed: every page is touched before the first run, because a page
 * fault in the middle of a kernel costs more than the kernel's own work on that page.
 */
final class NativeMemory implements AutoCloseable {

  /** Transparent huge pages begin at multiples of this. */
  private static final long HUGE_PAGE = 2L << 20;

  private final Pointer allocation;
  private final BytePointer start;
  private boolean closed;

  NativeMemory(long bytes) {
    allocation = Pointer.malloc(bytes + HUGE_PAGE);
    if (allocation == null || allocation.isNull()) {
      throw new ConvoyException(
          "cannot allocate " + bytes + " bytes of memory; use a smaller batch");
    }
    long misaligned = allocation.address() % HUGE_PAGE;
    start = new BytePointer(allocation).getPointer(misaligned == 0 ? 0 : HUGE_PAGE - misaligned);
    Pointer.memset(start, 0, bytes);
  }

  /** The place at an offset; stays valid until {@link #close}. */
  BytePointer at(long offset, long bytes) {
    return start.getPointer(offset).capacity(bytes);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      Pointer.free(allocation);
    }
  }
}
