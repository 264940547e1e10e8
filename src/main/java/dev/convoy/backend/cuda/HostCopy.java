package dev.convoy.backend.cuda;

import java.nio.ByteBuffer;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Copies between the host and the GPU through page-locked memory, which the GPU reads by itself. A
 * read waits for everything before it on the stream.
 */
final class HostCopy {

  private HostCopy() {}

  /** Waits until the copy is done; for what is written seldom. */
  static void write(CudaContext context, ByteBuffer source, long target) {
    try (PinnedMemory staging = new PinnedMemory(context, source.remaining())) {
      staging.write(source, target);
      context.synchronize();
    }
  }

  static void read(CudaContext context, long source, ByteBuffer target) {
    try (PinnedMemory staging = new PinnedMemory(context, target.remaining())) {
      staging.read(source, target);
    }
  }

  /** Page-locked memory of the host. */
  static final class PinnedMemory implements AutoCloseable {

    private final CudaContext context;
    private final Pointer block = new Pointer();
    private final long bytes;
    private final CUevent_st copied;

    PinnedMemory(CudaContext context, long bytes) {
      this.context = context;
      this.bytes = Math.max(1, bytes);
      this.copied = context.newEvent();
      CudaException.check(
          cudart.cudaHostAlloc(block, this.bytes, cudart.cudaHostAllocDefault),
          "locking " + bytes + " bytes of the host's memory");
    }

    private ByteBuffer view(int length) {
      return new BytePointer(block).capacity(bytes).asByteBuffer().limit(length);
    }

    /** Puts a copy to the GPU on the stream; before the next one {@link #awaitCopy}. */
    void write(ByteBuffer source, long target) {
      write(source, target, context.stream());
    }

    /**
     * The same beside the stream, which goes on computing and waits for the copy only from here on.
     *
     * @param free when the target may be written over
     */
    void writeAhead(ByteBuffer source, long target, CUevent_st free) {
      CudaContext.waitFor(context.copies(), free);
      write(source, target, context.copies());
      CudaContext.waitFor(context.stream(), copied);
    }

    private void write(ByteBuffer source, long target, CUstream_st stream) {
      int length = source.remaining();
      view(length).put(source.duplicate());
      CudaException.check(
          cudart.cudaMemcpyAsync(
              DevicePlace.at(target), block, length, cudart.cudaMemcpyHostToDevice, stream),
          "copying to the GPU");
      CudaException.check(cudart.cudaEventRecord(copied, stream), "copying to the GPU");
    }

    /** Waits until the last copy to the GPU has left this memory. */
    void awaitCopy() {
      CudaException.check(cudart.cudaEventSynchronize(copied), "copying to the GPU");
    }

    void read(long source, ByteBuffer target) {
      request(source, target.remaining());
      context.synchronize();
      take(target);
    }

    /** Puts a copy from the GPU, as large as this memory, on the stream. */
    void request(long source) {
      request(source, bytes);
    }

    private void request(long source, long length) {
      CudaException.check(
          cudart.cudaMemcpyAsync(
              block,
              DevicePlace.at(source),
              length,
              cudart.cudaMemcpyDeviceToHost,
              context.stream()),
          "copying from the GPU");
    }

    /** What the last copy from the GPU brought, once it is there. */
    void take(ByteBuffer target) {
      target.put(view(target.remaining()));
    }

    @Override
    public void close() {
      context.makeCurrent();
      cudart.cudaEventDestroy(copied);
      CudaException.check(cudart.cudaFreeHost(block), "unlocking the host's memory");
    }
  }
}
