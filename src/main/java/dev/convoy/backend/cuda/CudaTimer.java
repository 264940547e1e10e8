package dev.convoy.backend.cuda;

import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;

/** Time on the GPU, by its own clock. */
final class CudaTimer implements AutoCloseable {

  private final CudaContext context;
  private final CUevent_st start = new CUevent_st();
  private final CUevent_st end = new CUevent_st();

  CudaTimer(CudaContext context) {
    this.context = context;
    CudaException.check(cudart.cudaEventCreate(start), "creating an event");
    CudaException.check(cudart.cudaEventCreate(end), "creating an event");
  }

  /** Milliseconds that the GPU takes for what is put on the stream. */
  float milliseconds(Runnable work) {
    CudaException.check(cudart.cudaEventRecord(start, context.stream()), "timing");
    work.run();
    CudaException.check(cudart.cudaEventRecord(end, context.stream()), "timing");
    context.await(end);
    float[] milliseconds = new float[1];
    CudaException.check(cudart.cudaEventElapsedTime(milliseconds, start, end), "timing");
    return milliseconds[0];
  }

  /** The quickest of several runs; the first ones load code. */
  static float quickest(CudaContext context, int runs, Runnable work) {
    try (CudaTimer timer = new CudaTimer(context)) {
      float best = Float.POSITIVE_INFINITY;
      for (int i = 0; i < runs; i++) {
        best = Math.min(best, timer.milliseconds(work));
      }
      return best;
    }
  }

  @Override
  public void close() {
    cudart.cudaEventDestroy(start);
    cudart.cudaEventDestroy(end);
  }
}
