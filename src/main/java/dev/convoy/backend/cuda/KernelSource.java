package dev.convoy.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The sources in the jar, for NVRTC. */
public final class KernelSource {

  /** What sources include; NVRTC is given all of them under these names. */
  public static final List<String> HEADERS =
      List.of("elements.cuh", "channel_rows.cuh", "functions.cuh", "reduction.cuh", "windows.cuh");

  private static final String FOLDER = "/cuda-kernels/";

  private KernelSource() {}

  /** Text of a file of {@code cuda-kernels}, for example {@code max_pool2d.cu}. */
  public static String text(String file) {
    try (InputStream stream = KernelSource.class.getResourceAsStream(FOLDER + file)) {
      if (stream == null) {
        throw new IllegalStateException("the jar lacks " + FOLDER + file);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(FOLDER + file, e);
    }
  }

  /** Changes with what the kernels of a few families compute. */
  static String fingerprint() {
    return DiskCache.hash(
        String.join("\n", HEADERS.stream().map(KernelSource::text).toList())
            + text("batch_norm2d.cu")
            + text("conv2d.cu")
            + text("max_pool2d.cu"));
  }

  /** What NVRTC needs beside architecture and headers to compile for the kernel's element type. */
  public static List<String> options(CudaKernel kernel) {
    return List.of("-DELEMENT_" + kernel.element().name(), "--std=c++17");
  }
}
