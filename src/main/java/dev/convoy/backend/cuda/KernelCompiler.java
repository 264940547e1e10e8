package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Compiles a file of {@code cuda-kernels/} to machine code of the GPU at hand, once: the result is
 * kept in the user's cache under a hash of everything that it depends on.
 */
final class KernelCompiler {

  private static final Pattern INCLUDE = Pattern.compile("(?m)^#include \"([\\w.]+)\"$");
  private static final String FOLDER = "/cuda-kernels/";

  private final String target;
  private final KernelCache cache;

  KernelCompiler(CudaDevice device) {
    this(device.target(), KernelCache.ofUser());
  }

  KernelCompiler(String target, KernelCache cache) {
    this.target = target;
    this.cache = cache;
  }

  /**
   * @param file for example {@code max_pool2d.cu}
   * @param element the activations' type
   * @return a cubin
   */
  byte[] compile(String file, DType element) {
    String source = withIncludes(file);
    String key = hash(String.join("\n", target, version(), element.name(), source));
    return cache.get(key, () -> compile(file, source, element));
  }

  /**
   * The file with the headers that it includes in their place, once each: one text is everything.
   */
  static String withIncludes(String file) {
    return withIncludes(file, new HashSet<>());
  }

  private static String withIncludes(String file, Set<String> included) {
    Matcher include = INCLUDE.matcher(read(file));
    StringBuilder whole = new StringBuilder();
    while (include.find()) {
      String header = include.group(1);
      String text = included.add(header) ? withIncludes(header, included) : "";
      include.appendReplacement(whole, Matcher.quoteReplacement(text));
    }
    return include.appendTail(whole).toString();
  }

  private static String read(String file) {
    try (InputStream in = KernelCompiler.class.getResourceAsStream(FOLDER + file)) {
      if (in == null) {
        throw new IllegalStateException("no kernel file " + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    CudaException.checkNvrtc(nvrtc.nvrtcVersion(major, minor), "asking NVRTC's version", "");
    return major[0] + "." + minor[0];
  }

  private byte[] compile(String file, String source, DType element) {
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
        BytePointer name = new BytePointer(file);
        BytePointer architecture = new BytePointer("--gpu-architecture=" + target);
        BytePointer standard = new BytePointer("--std=c++17");
        BytePointer define = new BytePointer("-DELEMENT_" + element.name());
        PointerPointer<BytePointer> options =
            new PointerPointer<>(architecture, standard, define)) {
      CudaException.checkNvrtc(
          nvrtc.nvrtcCreateProgram(
              program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "reading " + file,
          "");
      int status = nvrtc.nvrtcCompileProgram(program, 3, options);
      CudaException.checkNvrtc(status, "compiling " + file, status == 0 ? "" : log(program));
      try (SizeTPointer size = new SizeTPointer(1)) {
        CudaException.checkNvrtc(nvrtc.nvrtcGetCUBINSize(program, size), "compiling " + file, "");
        byte[] cubin = new byte[Math.toIntExact(size.get())];
        CudaException.checkNvrtc(nvrtc.nvrtcGetCUBIN(program, cubin), "compiling " + file, "");
        return cubin;
      }
    } finally {
      nvrtc.nvrtcDestroyProgram(program);
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      nvrtc.nvrtcGetProgramLogSize(program, size);
      byte[] log = new byte[Math.toIntExact(Math.max(1, size.get()))];
      nvrtc.nvrtcGetProgramLog(program, log);
      return new String(log, StandardCharsets.UTF_8).replace("\0", "");
    }
  }

  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
