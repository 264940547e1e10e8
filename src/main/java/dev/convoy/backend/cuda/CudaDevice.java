package dev.convoy.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * A GPU as {@code CUDA_VISIBLE_DEVICES} numbers it.
 *
 * @param architecture compute capability times ten, for example 90
 */
record CudaDevice(int ordinal, String name, int architecture, int multiprocessors, long bytes) {

  /** Turing: CUDA 13 has no code for what is older (CUDA 13.0 release notes, deprecations). */
  static final int OLDEST = 75;

  static List<CudaDevice> all() {
    int[] count = new int[1];
    CudaException.check(cudart.cudaGetDeviceCount(count), "counting devices");
    List<CudaDevice> devices = new ArrayList<>();
    for (int ordinal = 0; ordinal < count[0]; ordinal++) {
      devices.add(read(ordinal));
    }
    return devices;
  }

  private static CudaDevice read(int ordinal) {
    int architecture =
        10 * attribute(cudart.cudaDevAttrComputeCapabilityMajor, ordinal)
            + attribute(cudart.cudaDevAttrComputeCapabilityMinor, ordinal);
    int multiprocessors = attribute(cudart.cudaDevAttrMultiProcessorCount, ordinal);
    byte[] name = new byte[256];
    try (SizeTPointer bytes = new SizeTPointer(1)) {
      CudaException.check(
          cudart.cuDeviceGetName(name, name.length, ordinal), "asking for the name");
      CudaException.check(cudart.cuDeviceTotalMem(bytes, ordinal), "asking for the memory");
      return new CudaDevice(ordinal, text(name), architecture, multiprocessors, bytes.get());
    }
  }

  /** Up to the byte that ends a string in C. */
  private static String text(byte[] bytes) {
    String all = new String(bytes, StandardCharsets.UTF_8);
    return all.substring(0, Math.max(0, all.indexOf(0)));
  }

  private static int attribute(int attribute, int ordinal) {
    int[] value = new int[1];
    CudaException.check(
        cudart.cudaDeviceGetAttribute(value, attribute, ordinal), "asking for an attribute");
    return value[0];
  }

  /** For example {@code sm_90}. */
  String target() {
    return "sm_" + architecture;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "cuda:%d (%s, compute capability %d.%d, %.1f GiB)",
        ordinal,
        name,
        architecture / 10,
        architecture % 10,
        bytes / 0x1p30);
  }
}
