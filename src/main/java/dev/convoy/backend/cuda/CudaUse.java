package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/** Whether a GPU can be used here, answered once; classes of the bindings load only if so. */
final class CudaUse {

  /** The driver that CUDA 13 needs at least (CUDA 13.0 release notes, table 2). */
  private static final int OLDEST_CUDA = 13000;

  private static final class Answer {
    static final Optional<String> PROBLEM = probe();
  }

  private CudaUse() {}

  static Optional<String> problem() {
    return Answer.PROBLEM;
  }

  private static Optional<String> probe() {
    Optional<String> missing = CudaLibraries.missing();
    if (missing.isPresent()) {
      return missing;
    }
    try {
      Loader.load(cudart.class);
      Loader.load(cudnn.class);
      Loader.load(org.bytedeco.cuda.global.cublas.class);
      Loader.load(org.bytedeco.cuda.global.nvrtc.class);
      return driverProblem().or(CudaUse::cudnnProblem);
    } catch (LinkageError e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      return Optional.of("library cannot be loaded (" + cause.getMessage() + ")");
    } catch (ConvoyException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static Optional<String> driverProblem() {
    int[] driver = new int[1];
    CudaException.check(cudart.cudaDriverGetVersion(driver), "asking the driver's version");
    if (driver[0] == 0) {
      return Optional.of("no driver (install NVIDIA's driver, in Docker run with --gpus all)");
    }
    if (driver[0] < OLDEST_CUDA) {
      return Optional.of(
          String.format(
              "driver too old (it supports CUDA %d.%d, 13.0 is needed; update to driver 580 or newer)",
              driver[0] / 1000, driver[0] % 1000 / 10));
    }
    int[] count = new int[1];
    int status = cudart.cudaGetDeviceCount(count);
    if (status == cudart.cudaErrorNoDevice || status == cudart.cudaSuccess && count[0] == 0) {
      return Optional.of("no device" + hidden(System.getenv("CUDA_VISIBLE_DEVICES")));
    }
    CudaException.check(status, "counting devices");
    return tooOld(CudaDevice.all().get(0));
  }

  private static Optional<String> tooOld(CudaDevice device) {
    return device.architecture() < CudaDevice.OLDEST
        ? Optional.of(device + " is too old; compute capability 7.5 or newer is needed")
        : Optional.empty();
  }

  /** cuDNN 9 exists for several versions of CUDA under one name; each needs its own cuBLAS. */
  private static Optional<String> cudnnProblem() {
    long cuda = cudnn.cudnnGetCudartVersion() / 1000;
    return cuda == OLDEST_CUDA / 1000
        ? Optional.empty()
        : Optional.of(
            String.format(
                "cuDNN is made for CUDA %d (%s); %s",
                cuda,
                CudaLibraries.origin("libcudnn.so.9").map(Path::toString).orElse("libcudnn.so.9"),
                CudaLibraries.CUDNN));
  }

  /**
   * @param index as {@code CUDA_VISIBLE_DEVICES} leaves and orders the devices
   * @throws ConvoyException if it cannot be used, with the reason
   */
  static CudaContext context(int index) {
    return CudaContext.of(requireDevice(index));
  }

  static CudaDevice requireDevice(int index) {
    problem().ifPresent(reason -> refuse(index, reason));
    List<CudaDevice> devices = CudaDevice.all();
    if (index >= devices.size()) {
      String visible = System.getenv("CUDA_VISIBLE_DEVICES");
      refuse(
          index,
          devices.size() == 1
              ? "there is one GPU, cuda:0" + hidden(visible)
              : "there are %d GPUs, cuda:0 to cuda:%d%s"
                  .formatted(devices.size(), devices.size() - 1, hidden(visible)));
    }
    CudaDevice device = devices.get(index);
    tooOld(device).ifPresent(reason -> refuse(index, reason));
    return device;
  }

  private static String hidden(@Nullable String visible) {
    return visible == null ? "" : " (CUDA_VISIBLE_DEVICES=" + visible + ")";
  }

  private static void refuse(int index, String reason) {
    throw new ConvoyException("device cuda" + (index == 0 ? "" : ":" + index) + ": " + reason);
  }

  static String description() {
    List<CudaDevice> devices = CudaDevice.all();
    int[] runtime = new int[1];
    CudaException.check(cudart.cudaRuntimeGetVersion(runtime), "asking CUDA's version");
    long dnn = cudnn.cudnnGetVersion();
    return devices.get(0)
        + (devices.size() > 1 ? " and " + (devices.size() - 1) + " more" : "")
        + String.format(
            ", CUDA %d.%d, cuDNN %d.%d.%d",
            runtime[0] / 1000, runtime[0] % 1000 / 10, dnn / 10000, dnn / 100 % 100, dnn % 100);
  }
}
