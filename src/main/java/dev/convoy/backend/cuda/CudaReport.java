package dev.convoy.backend.cuda;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.cuda.global.nvrtc;

/** The parts of CUDA that this process found, one line each, for {@code doctor}. */
final class CudaReport {

  private CudaReport() {}

  /** Classes of the bindings are touched only if all libraries are loaded. */
  static Map<String, String> lines() {
    if (CudaLibraries.missing().isPresent()) {
      return CudaLibraries.search();
    }
    Optional<String> problem = CudaUse.problem();
    try {
      return loaded(problem);
    } catch (LinkageError | CudaException e) {
      // The backend's own line tells what is wrong with it.
      return Map.of();
    }
  }

  private static Map<String, String> loaded(Optional<String> problem) {
    int[] first = new int[1];
    int[] second = new int[1];
    Map<String, String> lines = new LinkedHashMap<>();
    CudaException.check(cudart.cudaDriverGetVersion(first), "asking the driver's version");
    lines.put("driver", from("for CUDA " + ofThousands(first[0]), "libcuda.so.1"));
    lines.put("device", problem.orElseGet(CudaReport::devices));
    CudaException.check(cudart.cudaRuntimeGetVersion(first), "asking CUDA's version");
    lines.put("runtime", from(ofThousands(first[0]), "libcudart.so.13"));
    CudaException.checkNvrtc(nvrtc.nvrtcVersion(first, second), "asking NVRTC's version", "");
    lines.put("NVRTC", from(first[0] + "." + second[0], "libnvrtc.so.13"));
    lines.put("cuBLAS", from(ofTenThousands(cublas.cublasLtGetVersion()), "libcublas.so.13"));
    lines.put("cuDNN", from(ofTenThousands(cudnn.cudnnGetVersion()), "libcudnn.so.9"));
    return lines;
  }

  private static String devices() {
    List<CudaDevice> devices = CudaDevice.all();
    return String.join(", ", devices.stream().map(CudaDevice::toString).toList());
  }

  /** A version, and the file of the library that has it. */
  private static String from(String version, String file) {
    return version + CudaLibraries.origin(file).map(Path::toString).map(p -> ", " + p).orElse("");
  }

  /** 13010 is 13.1. */
  private static String ofThousands(int version) {
    return version / 1000 + "." + version % 1000 / 10;
  }

  /** 91900 is 9.19.0. */
  static String ofTenThousands(long version) {
    return version / 10000 + "." + version / 100 % 100 + "." + version % 100;
  }
}
