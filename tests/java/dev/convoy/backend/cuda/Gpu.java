package dev.convoy.backend.cuda;

import dev.convoy.backend.Backend;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;
import org.junit.jupiter.api.Assumptions;

/** The GPU of this machine, for tests tagged {@code gpu}; without one they are skipped. */
public final class Gpu {

  private Gpu() {}

  /** The backend, or an end of the test that says why there is none. */
  public static Backend required() {
    Backend backend = new CudaBackend();
    Optional<String> missing = backend.unavailable();
    Assumptions.assumeTrue(missing.isEmpty(), () -> "no GPU to test on: " + missing.orElse(""));
    return backend;
  }

  /** Compiles a kernel for this GPU; its name stands in {@code ENTRY(name)}, as in all of ours. */
  public static byte[] compile(String name, String source) {
    String architecture = "--gpu-architecture=" + CudaDevice.all().get(0).target();
    return KernelCompiler.compile(name + ".cu", source, List.of(architecture));
  }

  /** Median time of a copy of so many bytes in the GPU's memory. */
  public static double copySeconds(long bytes, int rounds) {
    CudaContext context = CudaUse.context(0);
    double[] seconds = new double[rounds];
    try (DeviceMemory from = new DeviceMemory(context, bytes);
        DeviceMemory to = new DeviceMemory(context, bytes);
        CudaTimer timer = new CudaTimer(context)) {
      for (int i = -1; i < rounds; i++) {
        float milliseconds = timer.milliseconds(() -> copy(context, from, to, bytes));
        if (i >= 0) {
          seconds[i] = milliseconds / 1e3;
        }
      }
    }
    Arrays.sort(seconds);
    return seconds[rounds / 2];
  }

  private static void copy(CudaContext context, DeviceMemory from, DeviceMemory to, long bytes) {
    CudaException.check(
        cudart.cudaMemcpyAsync(
            DevicePlace.at(to.address()),
            DevicePlace.at(from.address()),
            bytes,
            cudart.cudaMemcpyDeviceToDevice,
            context.stream()),
        "copying");
  }

  /** Bytes of the GPU's memory that nobody uses. */
  static long free() {
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      CudaException.check(cudart.cudaMemGetInfo(free, total), "asking for free memory");
      return free.get();
    }
  }
}
