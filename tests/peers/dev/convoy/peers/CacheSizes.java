package dev.convoy.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.presets.torch;

/**
 * Prepares {@code tests/peers/cache_sizes.c}, which tells libtorch's oneDNN how large the caches
 * are where a virtual machine hides them and libtorch would end with SIGFPE. Elsewhere it changes
 * nothing.
 */
final class CacheSizes {

  /** Bytes of the three levels for one core of a Zen 5. Other sizes made no difference there. */
  static final String DEFAULT = "49152,1048576,4194304";

  private static final Path SOURCE = Path.of("tests/peers/cache_sizes.c");
  private static final Path LIBRARY = Path.of("target/peers/libcache_sizes.so");

  /** {@code dnnl::impl::cpu::x64::cpu()} and the variable in it. */
  private static final String FUNCTION = "_ZN4dnnl4impl3cpu3x643cpuEv";

  private static final String VARIABLE = "_ZZN4dnnl4impl3cpu3x643cpuEvE4cpu_";

  private CacheSizes() {}

  /**
   * Variables for a process that runs libtorch; none where it cannot be prepared, with a line that
   * says why.
   *
   * @param sizes bytes of the three levels, with commas between
   */
  static Map<String, String> environment(String sizes) {
    try {
      Path libtorch = libtorch();
      Map<String, List<String>> symbols = symbols(libtorch);
      Map<String, String> environment = new LinkedHashMap<>();
      environment.put("PEER_LIBRARY", String.valueOf(libtorch.getFileName()));
      environment.put("PEER_CPU_FUNCTION", symbol(symbols, FUNCTION).get(0));
      environment.put("PEER_CPU_BYTES", symbol(symbols, VARIABLE).get(1));
      environment.put("PEER_CACHES", sizes);
      environment.put("LD_PRELOAD", compile().toString());
      return environment;
    } catch (IOException e) {
      System.err.println(
          "libtorch's view of the caches stays as it is ("
              + e.getMessage()
              + "); where the machine hides their sizes it may end with SIGFPE");
      return Map.of();
    }
  }

  private static Path libtorch() throws IOException {
    String name = "/org/bytedeco/pytorch/" + Loader.getPlatform() + "/libtorch_cpu.so";
    return Loader.cacheResource(torch.class, name).toPath();
  }

  /** Offset and length of the two symbols, in hexadecimal digits. */
  private static Map<String, List<String>> symbols(Path library) throws IOException {
    Map<String, List<String>> found = new LinkedHashMap<>();
    for (String line :
        output(List.of("nm", "-S", "--defined-only", library.toString())).split("\n")) {
      String[] words = line.split(" ");
      if (words.length == 4 && (words[3].equals(FUNCTION) || words[3].equals(VARIABLE))) {
        found.put(words[3], List.of(words[0], words[1]));
      }
    }
    return found;
  }

  private static List<String> symbol(Map<String, List<String>> symbols, String name)
      throws IOException {
    List<String> symbol = symbols.get(name);
    if (symbol == null) {
      throw new IOException("libtorch has no symbol " + name);
    }
    return symbol;
  }

  private static Path compile() throws IOException {
    Path library = LIBRARY.toAbsolutePath();
    Files.createDirectories(Path.of("target/peers"));
    output(
        List.of(
            "gcc",
            "-O2",
            "-Wall",
            "-shared",
            "-fPIC",
            "-o",
            library.toString(),
            SOURCE.toString(),
            "-ldl"));
    return library;
  }

  private static String output(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command.get(0) + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    return output;
  }

  /** Prints the variables, one a line, for {@code env}. */
  public static void main(String[] arguments) {
    String sizes = arguments.length > 0 ? arguments[0] : DEFAULT;
    environment(sizes).forEach((name, value) -> System.out.println(name + "=" + value));
  }
}
