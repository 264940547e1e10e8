package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import java.util.Set;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;

/** A call of CUDA or one of its libraries that failed. */
final class CudaException extends ConvoyException {

  private static final long serialVersionUID = 1L;

  /**
   * Errors after which every further call of the process fails: the context is gone (CUDA Runtime
   * API, error codes 700, 710, 714–719).
   */
  private static final Set<Integer> LOST = Set.of(700, 710, 714, 715, 716, 717, 718, 719);

  private final boolean deviceLost;

  private CudaException(String message, boolean deviceLost) {
    super(message);
    this.deviceLost = deviceLost;
  }

  /** Whether nothing can run on the device any more in this process. */
  boolean deviceLost() {
    return deviceLost;
  }

  /** Names the operator that was running. */
  CudaException at(String label) {
    CudaException named = new CudaException(label + ": " + getMessage(), deviceLost);
    named.initCause(this);
    return named;
  }

  /** Checks a status of the runtime or the driver; their codes are the same. */
  static void check(int status, String what) {
    if (status == cudart.cudaSuccess) {
      return;
    }
    throw of(status, what);
  }

  private static CudaException of(int status, String what) {
    boolean lost = LOST.contains(status);
    return new CudaException(
        String.format(
            "cuda: %s failed: %s (%s, error %d)%s",
            what,
            cudart.cudaGetErrorString(status).getString(),
            cudart.cudaGetErrorName(status).getString(),
            status,
            lost ? "; the GPU is lost to this process, start it again" : ""),
        lost);
  }

  static void checkCudnn(int status, String what) {
    if (status != cudnn.CUDNN_STATUS_SUCCESS) {
      throw ofLibrary(
          what, cudnn.cudnnGetErrorString(status).getString(), "cuDNN status " + status);
    }
  }

  static void checkCublas(int status, String what) {
    if (status != 0) {
      throw ofLibrary(
          what, cublas.cublasLtGetStatusString(status).getString(), "cuBLAS status " + status);
    }
  }

  /** A library says only that a launch failed; whether the context is gone the runtime knows. */
  private static CudaException ofLibrary(String what, String reason, String code) {
    int status = cudart.cudaPeekAtLastError();
    if (LOST.contains(status)) {
      return of(status, what);
    }
    return new CudaException(String.format("cuda: %s failed: %s (%s)", what, reason, code), false);
  }

  static void checkNvrtc(int status, String what, String log) {
    if (status != 0) {
      throw new CudaException(
          String.format(
              "cuda: %s failed: %s%s",
              what,
              nvrtc.nvrtcGetErrorString(status).getString(),
              log.isBlank() ? "" : ": " + log.strip().lines().findFirst().orElse("")),
          false);
    }
  }
}
