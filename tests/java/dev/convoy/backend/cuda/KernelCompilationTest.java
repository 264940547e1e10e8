package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every kernel compiles to machine code of three generations of GPUs without spilling registers. By
 * NVRTC where its library is found ({@code -Dcuda.nvrtc=FILE} names one, {@code -Pcuda-redist}
 * brings one), by nvcc where that is installed; neither needs a GPU.
 */
class KernelCompilationTest {

  private static final List<String> ARCHITECTURES = List.of("sm_80", "sm_90", "sm_100");
  private static final List<DType> ELEMENTS = List.of(DType.F32, DType.BF16, DType.F16);
  private static final Path BUILD = Path.of("target/cuda-compiled");

  @Test
  void nvrtcCompilesEveryKernelForOneArchitectureAnElementType() throws Exception {
    for (int i = 0; i < ELEMENTS.size(); i++) {
      nvrtc(ARCHITECTURES.get(i), ELEMENTS.get(i).name());
    }
  }

  @Tag("heavy")
  @Test
  void nvrtcCompilesEveryKernelForEveryArchitecture() throws Exception {
    nvrtc(String.join(",", ARCHITECTURES), "F32,BF16,F16");
  }

  private static void nvrtc(String architectures, String elements) throws Exception {
    Optional<Path> library = library();
    assumeTrue(library.isPresent(), "kernels are not compiled by NVRTC: libnvrtc.so was not found");
    String noCompiler = KernelServer.unavailable();
    assumeTrue(noCompiler == null, "kernels are not compiled by NVRTC: " + noCompiler);
    Files.createDirectories(BUILD);
    Path program = BUILD.resolve("nvrtc_compile");
    run(
        List.of(
            "g++",
            "-std=c++17",
            "-O1",
            "-o",
            program.toString(),
            "tests/native/nvrtc_compile.cpp",
            "-ldl"));
    Path folder = library.get().toAbsolutePath();
    String log =
        run(
            List.of(
                program.toString(), folder.toString(), "cuda-kernels", architectures, elements));
    int compiled = log.split(" bytes\n", -1).length - 1;
    int expected =
        KernelServer.sources().size()
            * architectures.split(",").length
            * elements.split(",").length;
    assertThat(compiled).as(log).isEqualTo(expected);
    assertNoSpills(log);
  }

  /** Local memory is as slow as the device's: a spill in an inner loop would cost much. */
  private static void assertNoSpills(String log) {
    assertThat(log.lines().filter(line -> line.contains("bytes spill stores")))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains(", 0 bytes spill stores"));
  }

  @Test
  void nvccCompilesEveryKernel() throws Exception {
    assumeTrue(runs("nvcc"), "kernels are not compiled by nvcc: it is not installed");
    nvcc(DType.BF16, List.of("sm_90"));
  }

  @Tag("heavy")
  @Test
  void nvccCompilesEveryKernelForEveryArchitecture() throws Exception {
    assumeTrue(runs("nvcc"), "kernels are not compiled by nvcc: it is not installed");
    for (DType element : ELEMENTS) {
      nvcc(element, ARCHITECTURES);
    }
  }

  /** All sources as one program: nvcc takes a second only to start. */
  private static void nvcc(DType element, List<String> architectures) throws Exception {
    Files.createDirectories(BUILD);
    StringBuilder text = new StringBuilder();
    KernelSource.HEADERS.forEach(h -> text.append("#include \"").append(h).append("\"\n"));
    for (String source : KernelServer.sources()) {
      text.append("namespace ").append(source).append("_source {\n#include \"");
      text.append(source).append(".cu\"\n}\n");
    }
    String name = "kernels_" + element.name().toLowerCase(Locale.ROOT);
    Path source = Files.writeString(BUILD.resolve(name + ".cu"), text);
    List<String> command =
        new ArrayList<>(List.of("nvcc", "-fatbin", "-Xptxas", "-v", "-std=c++17"));
    for (String architecture : architectures) {
      String number = architecture.substring(3);
      command.addAll(List.of("-gencode", "arch=compute_" + number + ",code=sm_" + number));
    }
    command.addAll(List.of("-DELEMENT_" + element, "-Icuda-kernels", "-o"));
    command.addAll(List.of(BUILD.resolve(name + ".fatbin").toString(), source.toString()));
    String log = run(command);
    assertNoSpills(log);
    for (String entry :
        KernelServer.sources().stream().flatMap(s -> KernelServer.kernels(s).stream()).toList()) {
      assertThat(log).contains("'" + entry + "_" + element.name().toLowerCase(Locale.ROOT) + "'");
    }
  }

  private static Optional<Path> library() {
    String told = System.getProperty("cuda.nvrtc", "");
    String home = System.getenv().getOrDefault("CUDA_HOME", "/usr/local/cuda");
    List<Path> folders =
        List.of(
            Path.of(home, "lib64"),
            Path.of("/usr/local/cuda/lib64"),
            Path.of("/usr/lib/x86_64-linux-gnu"));
    return Stream.concat(
            told.isEmpty() ? Stream.empty() : Stream.of(Path.of(told)),
            folders.stream()
                .flatMap(f -> Stream.of("libnvrtc.so", "libnvrtc.so.13").map(f::resolve)))
        .filter(Files::exists)
        .findFirst()
        .or(KernelCompilationTest::unpacked);
  }

  /** From the jar of the profile {@code cuda-redist}, its built-in headers beside it. */
  private static Optional<Path> unpacked() {
    IntStream.range(0, 10)
        .mapToObj(minor -> "libnvrtc-builtins.so.13." + minor)
        .forEach(LibraryFolders::unpacked);
    return LibraryFolders.unpacked("libnvrtc.so.13");
  }

  private static boolean runs(String program) throws InterruptedException {
    try {
      Process process = new ProcessBuilder(program, "--version").start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    // NVRTC looks for its builtins beside itself only through the loader's path.
    library()
        .map(Path::toAbsolutePath)
        .map(Path::getParent)
        .ifPresent(folder -> builder.environment().put("LD_LIBRARY_PATH", folder.toString()));
    Process process = builder.start();
    String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", String.join(" ", command), log).isZero();
    return log;
  }
}
