package dev.convoy.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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

  private final String target;
  private final DiskCache cache;

  KernelCompiler(CudaDevice device) {
    this(device.target(), DiskCache.ofUser());
  }

  KernelCompiler(String target, DiskCache cache) {
    this.target = target;
    this.cache = cache;
  }

  /**
   * Compiles the source of a kernel for its element type.
   *
   * @return a cubin, which holds all kernels of the source
   */
  byte[] compile(CudaKernel kernel) {
    String file = kernel.source() + ".cu";
    String source = withIncludes(file, new HashSet<>());
    List<String> options = new ArrayList<>(KernelSource.options(kernel));
    options.add("--gpu-architecture=" + target);
    String key = DiskCache.hash(String.join("\n", version(), options.toString(), source));
    return cache.get(key, () -> compile(file, source, options));
  }

  /**
   * The file with the headers that it includes in their place, once each: the whole is one text.
   */
  private static String withIncludes(String file, Set<String> included) {
    Matcher include = INCLUDE.matcher(KernelSource.text(file));
    StringBuilder whole = new StringBuilder();
    while (include.find()) {
      String header = include.group(1);
      String text = included.add(header) ? withIncludes(header, included) : "";
      include.appendReplacement(whole, Matcher.quoteReplacement(text));
    }
    return include.appendTail(whole).toString().replace("#pragma once\n", "");
  }

  private static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    CudaException.checkNvrtc(nvrtc.nvrtcVersion(major, minor), "asking NVRTC's version", "");
    return major[0] + "." + minor[0];
  }

  /** Compiles a text for the architecture that the options name, without the cache. */
  static byte[] compile(String file, String source, List<String> options) {
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
        BytePointer name = new BytePointer(file);
        PointerPointer<BytePointer> switches =
            new PointerPointer<>(options.toArray(String[]::new))) {
      CudaException.checkNvrtc(
          nvrtc.nvrtcCreateProgram(
              program, text, name, 0, (PointerPointer<?>) null, (PointerPointer<?>) null),
          "reading " + file,
          "");
      int status = nvrtc.nvrtcCompileProgram(program, options.size(), switches);
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
}
