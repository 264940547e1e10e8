package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.ChildProcess;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * With and without the kernels in C++, which a process decides on once. With them, where they are,
 * all other tests run.
 */
final class NativeKernelsTest {

  private static final Map<String, String> OFF = Map.of("CONVOY_NATIVE", "off");

  /** The operators whose kernels are in C++. */
  private static final String FAMILIES =
      "MaxPool2d.*|MaxUnpool2d.*|Pad.*|Upsample2d.*|BedOfNails2d.*|AveragePool2d.*|BatchNorm2d.*"
          + "|Conv2d.*|SgdUpdate";

  private static void passes(Map<String, String> variables, String... arguments) throws Exception {
    ChildProcess.Result result = ChildProcess.tests(variables, arguments);
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output())
        .containsPattern("\\[ +0 tests failed")
        .doesNotContainPattern("\\[ +0 tests successful");
  }

  /** Without them, and with those for instructions that the processor may not be the best at. */
  @ParameterizedTest
  @ValueSource(strings = {"off", "avx2", "avx512"})
  void operatorsAgreeWithTheReference(String allowed) throws Exception {
    passes(
        Map.of("CONVOY_NATIVE", allowed),
        "-Dconvoy.test.backend=onednn",
        "-Dconvoy.test.operators=" + FAMILIES,
        "--select-method",
        "dev.convoy.conformance.ConformanceTest#everyOperatorAgreesWithTheReference");
  }

  @ParameterizedTest
  @ValueSource(strings = {"avx2", "avx512"})
  void largeMapsAgree(String allowed) throws Exception {
    assumeTrue(NativeKernels.AVAILABLE, "no native kernels");
    passes(
        Map.of("CONVOY_NATIVE", allowed),
        "--select-class",
        "dev.convoy.backend.onednn.WinogradConv2dTest",
        "--select-class",
        "dev.convoy.backend.onednn.NativeBatchNorm2dTest");
  }

  @Test
  void withoutTilesWeightGradientsAreExact() throws Exception {
    assumeTrue(NativeKernels.HAS_TILES, "no AMX: they are so in any case");
    passes(
        Map.of("CONVOY_NATIVE", "avx512_bf16"),
        "--select-class",
        "dev.convoy.backend.onednn.NativeWeightGradientTest");
  }

  @Test
  void withoutThemHandWorkedCasesHold() throws Exception {
    passes(OFF, "--select-class", "dev.convoy.conformance.SpatialWorkedCasesTest");
    passes(OFF, "--select-class", "dev.convoy.conformance.MaxPoolingChainTest");
  }

  @Test
  void doctorSaysThatTheyAreOff() throws Exception {
    assertThat(doctor(OFF)).contains("Java, slower (CONVOY_NATIVE=off)");
    assertThat(doctor(OFF, "--json")).contains("Java, slower (CONVOY_NATIVE=off)");
  }

  @Test
  void doctorSaysThatTheyAreInUse() throws Exception {
    String own =
        NativeKernels.AVAILABLE ? "own kernels     C++, AVX" : "own kernels     Java, slower";
    assertThat(doctor(Map.of())).contains(own);
  }

  private static String doctor(Map<String, String> variables, String... arguments)
      throws Exception {
    String[] all = new String[arguments.length + 2];
    all[0] = "dev.convoy.cli.Convoy";
    all[1] = "doctor";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    ChildProcess.Result result = ChildProcess.java(variables, all);
    assertThat(result.code()).as(result.output()).isZero();
    return result.output();
  }

  /** As a build without a C++ compiler is: the same classes without the library. */
  @Test
  void withoutTheLibraryTheKernelsInJavaRun(@TempDir Path classes) throws Exception {
    Path built = Path.of("target", "classes").toAbsolutePath();
    copyWithoutLibrary(built, classes);
    String path = System.getProperty("java.class.path");
    assertThat(path).contains(built.toString());
    ChildProcess.Result result =
        ChildProcess.java(
            Map.of(),
            "-cp",
            path.replace(built.toString(), classes.toString()),
            "dev.convoy.cli.Convoy",
            "doctor");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output()).contains("Java, slower (the library is not there");
  }

  private static void copyWithoutLibrary(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!file.getFileName().toString().contains("jniconvoy")) {
              Path copy = to.resolve(from.relativize(file));
              Files.createDirectories(copy.getParent());
              Files.copy(file, copy);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
