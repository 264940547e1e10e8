package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.ChildProcess;
import dev.convoy.backend.ChildProcess.Result;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole CUDA backend without a GPU: processes of their own load the libraries of {@code
 * tests/native/emulator} instead of CUDA's. What a GPU alone can show (speed, races, engines of the
 * real cuDNN) is for {@code run-tests.sh} of the GPU bundle.
 */
final class EmulatedGpuTest {

  private static final Path SOURCES = Path.of("tests", "native").toAbsolutePath();
  private static final String CHECKPOINT = "checkpoint.safetensors";

  @TempDir private static Path folder;

  @BeforeAll
  static void build() throws Exception {
    Result compiler = ChildProcess.run(Map.of(), List.of("sh", "-c", "command -v g++"));
    Assumptions.assumeTrue(compiler.code() == 0, "g++ is missing, which builds the emulated GPU");
    Result built =
        ChildProcess.run(
            Map.of(),
            List.of(SOURCES.resolve("emulator/build.sh").toString(), libraries().toString()));
    assertThat(built.code()).as(built.output()).isZero();
  }

  private static Path libraries() {
    return folder.resolve("libraries");
  }

  private static Map<String, String> environment() {
    return Map.of(
        "CONVOY_CUDA_PATH",
        libraries().toString(),
        "EMULATOR_HEADERS",
        SOURCES.toString(),
        // Kernels compiled by g++ are kept between test runs, under a hash of their text.
        "XDG_CACHE_HOME",
        Path.of("target", "emulator-cache").toAbsolutePath().toString(),
        "CONVOY_TF32",
        "0");
  }

  private static Result java(Map<String, String> variables, String... arguments)
      throws IOException, InterruptedException {
    Map<String, String> all = new HashMap<>(environment());
    all.putAll(variables);
    return ChildProcess.java(all, arguments);
  }

  private static Result convoy(Map<String, String> variables, String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("dev.convoy.cli.Convoy"));
    all.addAll(List.of(arguments));
    return java(variables, all.toArray(String[]::new));
  }

  @Test
  @Tag("heavy")
  void everyOperatorAgreesWithTheReference() throws Exception {
    Result result =
        java(
            Map.of(),
            "-Dconvoy.test.backend=cuda",
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--disable-banner",
            "--details=summary",
            "--select-method",
            "dev.convoy.conformance.ConformanceTest#everyOperatorAgreesWithTheReference");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output()).containsPattern("\\[ +0 tests failed");
    assertThat(result.output()).doesNotContainPattern("\\[ +[0-9]{1,3} tests successful");
  }

  /** What is left to us where cuDNN has no engine. */
  @Test
  void convolutionsWithoutAnEngineAreOurOwn() throws Exception {
    conforms(Map.of("EMULATED_CUDNN_LACKS", "fused"), "BF16", "FusedConv2d");
    conforms(Map.of("EMULATED_CUDNN_LACKS", "conv,wgrad"), "F16", "^Conv2d(\\.GradWeight)?$");
  }

  @Test
  void batchNormOfCudnnAgreesWithTheReference() throws Exception {
    conforms(Map.of(), "BF16", "BatchNorm2d");
  }

  private static void conforms(Map<String, String> variables, String dtype, String operators)
      throws Exception {
    Result result =
        java(
            variables,
            "-Dconvoy.test.backend=cuda",
            "-Dconvoy.test.dtype=" + dtype,
            "-Dconvoy.test.operators=" + operators,
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--disable-banner",
            "--details=summary",
            "--select-method",
            "dev.convoy.conformance.ConformanceTest#everyOperatorAgreesWithTheReference");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output())
        .containsPattern("\\[ +0 tests failed")
        .doesNotContainPattern("\\[ +0 tests successful");
  }

  @Test
  void autoTakesAGpuThatPassesItsSelfCheck() throws Exception {
    assertThat(convoy(Map.of(), "doctor").output()).containsPattern("auto +using cuda\n");
  }

  /** Another driver, so that the verdict is not the one on the sound library. */
  @Test
  void autoPassesOverAGpuThatComputesWrongly() throws Exception {
    Map<String, String> wrong = Map.of("EMULATED_CUDNN_WRONG", "conv", "EMULATED_DRIVER", "13020");
    assertThat(convoy(wrong, "doctor").output())
        .containsPattern("auto +using onednn; cuda: failed its self-check on Emulated GPU")
        .contains("a convolution in f32 is 100 % off the reference");
    assertThat(convoy(Map.of("EMULATED_DRIVER", "13020"), "doctor").output())
        .as("remembered")
        .contains("using onednn; cuda: failed its self-check");
  }

  /** Ours compute where the library's kernels give another result. */
  @Test
  void wrongKernelsOfALibraryLoseTheContest() throws Exception {
    conforms(
        Map.of("EMULATED_CUDNN_WRONG", "norm", "EMULATED_DRIVER", "13030"),
        "BF16",
        "^BatchNorm2d$");
  }

  @Test
  void aLostGpuEndsTheProcess() throws Exception {
    Result result =
        convoy(
            Map.of("EMULATED_FAULT_AFTER", "30"),
            "train",
            "--model",
            "lenet5",
            "--data-path",
            "builtin:mnist-small",
            "--limit",
            "64",
            "--device",
            "cuda",
            "--output-dir",
            folder.resolve("lost").toString());
    assertThat(result.code()).as(result.output()).isEqualTo(2);
    assertThat(result.output())
        .contains("error 719); the GPU is lost to this process, start it again")
        .doesNotContain("at dev.convoy");
  }

  @Test
  void memoryIsSharedWithJCuda() throws Exception {
    runOnEmulatedGpu("dev.convoy.interop.jcuda.JCudaInteropTest");
  }

  @Test
  @Tag("heavy")
  void trainingLearnsAsOnTheCpuAndDoesNotGrow() throws Exception {
    runOnEmulatedGpu("dev.convoy.model.CudaTrainingTest");
    runOnEmulatedGpu("dev.convoy.backend.cuda.CudaMemoryTest");
  }

  /** A test that is skipped here without a GPU, with fewer steps than on one. */
  private static void runOnEmulatedGpu(String test) throws Exception {
    Result result =
        java(
            Map.of(),
            "-Dconvoy.test.training.steps=3",
            "-Dconvoy.test.memory.steps=200",
            "org.junit.platform.console.ConsoleLauncher",
            "execute",
            "--disable-banner",
            "--details=summary",
            "--select-class",
            test);
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output())
        .containsPattern("\\[ +0 tests aborted")
        .doesNotContainPattern("\\[ +0 tests successful");
  }

  @Test
  void trainingAgreesNodeByNode() throws Exception {
    for (String precision : List.of("f32", "bf16", "f16")) {
      Result result =
          convoy(
              Map.of(),
              "verify",
              "--model",
              "lenet5",
              "--device",
              "cuda",
              "--against",
              "reference",
              "--precision",
              precision);
      assertThat(result.output()).contains("agree on all");
      assertThat(result.code()).isZero();
    }
  }

  @Test
  void aCapturedStepIsTheSameAsSingleLaunches() throws Exception {
    for (String precision : List.of("f32", "f16")) {
      compareCapture(precision);
    }
  }

  private static void compareCapture(String precision) throws Exception {
    String[] training = {
      "train",
      "--model",
      "lenet5",
      "--data-path",
      "builtin:mnist-small",
      "--limit",
      "96",
      "-b",
      "32",
      "--epochs",
      "2",
      "--device",
      "cuda",
      "--precision",
      precision,
      "--json"
    };
    List<String> losses = new ArrayList<>();
    List<byte[]> checkpoints = new ArrayList<>();
    for (boolean graph : new boolean[] {false, true}) {
      Path run = folder.resolve(precision + graph);
      List<String> arguments = new ArrayList<>(List.of(training));
      arguments.addAll(List.of("--output-dir", run.toString()));
      if (!graph) {
        arguments.add("--no-graph");
      }
      Result result = convoy(Map.of(), arguments.toArray(String[]::new));
      assertThat(result.code()).as(result.output()).isZero();
      losses.add(Files.readString(run.resolve("history.json")));
      checkpoints.add(Files.readAllBytes(run.resolve(CHECKPOINT)));
    }
    assertThat(withoutTimes(losses.get(0))).isEqualTo(withoutTimes(losses.get(1)));
    assertThat(checkpoints.get(0)).isEqualTo(checkpoints.get(1));
  }

  private static String withoutTimes(String history) {
    return history.replaceAll(
        "\"(seconds|images_per_second|[a-z_]*time[a-z_]*)\" ?: ?[0-9.eE-]+", "");
  }

  /** Batch norms with masks of bits, pictures as bytes and padded channels meet in one run. */
  @Test
  void aResidualNetworkLearnsAsOnTheCpu() throws Exception {
    Path cpu = oneStepOfResNet("onednn", "f32");
    Path gpu = oneStepOfResNet("cuda", "f32");
    assertThat(loss(gpu)).isCloseTo(loss(cpu), within(1e-4));
    Map<String, Tensor> expected = Checkpoint.read(cpu.resolve(CHECKPOINT)).variables();
    Map<String, Tensor> actual = Checkpoint.read(gpu.resolve(CHECKPOINT)).variables();
    expected.forEach(
        (name, tensor) -> {
          double[] a = actual.get(name).toDoubles();
          double[] e = tensor.toDoubles();
          assertThat(distance(a, e))
              .as(name)
              .isLessThanOrEqualTo(1e-3 * distance(e, new double[e.length]));
        });
    assertThat(loss(oneStepOfResNet("cuda", "bf16"))).isCloseTo(loss(cpu), within(0.05));
    assertThat(loss(oneStepOfResNet("cuda", "f16"))).isCloseTo(loss(cpu), within(0.01));
  }

  private static double distance(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(sum);
  }

  /** Afterwards the velocities are the gradients. */
  private static Path oneStepOfResNet(String device, String precision) throws Exception {
    Path run = folder.resolve("resnet-" + device + precision);
    List<String> arguments =
        new ArrayList<>(List.of("train", "--model", "resnet20", "--epochs", "1", "--limit", "4"));
    arguments.addAll(List.of("--data-path", "builtin:mnist-small", "-b", "4", "--wd", "0"));
    arguments.addAll(List.of("--device", device, "--precision", precision));
    arguments.addAll(List.of("--output-dir", run.toString()));
    Result result = convoy(Map.of(), arguments.toArray(String[]::new));
    assertThat(result.code()).as(result.output()).isZero();
    return run;
  }

  private static double loss(Path run) throws IOException {
    Matcher loss =
        Pattern.compile("\"loss\" ?: ?([0-9.eE-]+)")
            .matcher(Files.readString(run.resolve("history.json")));
    assertThat(loss.find()).isTrue();
    return Double.parseDouble(loss.group(1));
  }

  private static Result bench(Map<String, String> variables, String... further) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("bench", "--model", "lenet5", "-b", "2", "--warmup", "1"));
    arguments.addAll(List.of("--steps", "1", "--json"));
    arguments.addAll(List.of(further));
    return convoy(variables, arguments.toArray(String[]::new));
  }

  @Test
  void devicesAreNumbered() throws Exception {
    Map<String, String> two = Map.of("EMULATED_DEVICES", "2");
    Result second = bench(two, "--device", "cuda:1");
    assertThat(second.code()).as(second.output()).isZero();
    Result third = bench(two, "--device", "cuda:2");
    assertThat(third.code()).isEqualTo(2);
    assertThat(third.output()).contains("device cuda:2: there are 2 GPUs, cuda:0 to cuda:1");
  }

  @Test
  void aProfileTimesEachOperator() throws Exception {
    Result result = bench(Map.of(), "--device", "cuda", "--profile", "--tf32", "off");
    assertThat(result.code()).as(result.output()).isZero();
    assertThat(result.output()).contains("\"operators\"", "Conv2d", "SgdUpdate");
  }

  @Test
  void doctorSaysWhatIsThere() throws Exception {
    assertThat(convoy(Map.of(), "doctor").output())
        .contains("Emulated GPU")
        .contains("cuDNN 9.19.0");
  }

  @Test
  void anOldDriverIsRefusedWithTheVersionNeeded() throws Exception {
    Result result = convoy(Map.of("EMULATED_DRIVER", "12040"), "doctor");
    assertThat(result.output()).contains("driver too old (it supports CUDA 12.4, 13.0 is needed");
  }

  @Test
  void hiddenDevicesAreNamed() throws Exception {
    Result result = convoy(Map.of("CUDA_VISIBLE_DEVICES", ""), "doctor");
    assertThat(result.output()).contains("no device (CUDA_VISIBLE_DEVICES=)");
  }

  @Test
  void anOldGpuIsRefused() throws Exception {
    Result result = convoy(Map.of("EMULATED_ARCHITECTURE", "61"), "doctor");
    assertThat(result.output()).contains("is too old; compute capability 7.5 or newer is needed");
  }

  @Test
  void doctorSaysWhereEachPartIsFrom() throws Exception {
    String said = convoy(Map.of(), "doctor").output();
    for (String part : List.of("driver", "runtime", "NVRTC", "cuBLAS", "cuDNN")) {
      assertThat(said).containsPattern("  " + part + " .*" + libraries() + "/lib[a-z]+\\.so");
    }
    assertThat(said).contains("  device          cuda:0 (Emulated GPU, compute capability 9.0");
  }

  @Test
  void cudnnOfAnotherCudaIsRefused() throws Exception {
    Result result = convoy(Map.of("EMULATED_CUDNN_CUDA", "12090"), "doctor");
    assertThat(result.output()).contains("cuDNN is made for CUDA 12 (").contains("install cuDNN 9");
  }

  @Test
  void aDamagedLibraryIsNotCalledMissing() throws Exception {
    Path damaged = folder.resolve("damaged-cudnn");
    Files.createDirectories(damaged);
    try (var files = Files.list(libraries())) {
      for (Path file : files.toList()) {
        Files.copy(file, damaged.resolve(file.getFileName()));
      }
    }
    Path cudnn = damaged.resolve("libcudnn_ops.so.9");
    Files.writeString(cudnn, "half a download");
    Result result = convoy(Map.of("CONVOY_CUDA_PATH", damaged.toString()), "doctor");
    assertThat(result.output())
        .contains("library cannot be loaded (")
        .contains(cudnn.toString())
        .contains("install cuDNN 9 for CUDA 13");
  }

  @Test
  void aMissingLibraryIsNamedWithTheWayToGetIt() throws Exception {
    Path without = folder.resolve("without-cudnn");
    Files.createDirectories(without);
    try (var files = Files.list(libraries())) {
      for (Path file : files.toList()) {
        if (!file.toString().contains("cudnn")) {
          Files.copy(file, without.resolve(file.getFileName()));
        }
      }
    }
    Result result = convoy(Map.of("CONVOY_CUDA_PATH", without.toString()), "doctor");
    assertThat(result.output()).contains("libcudnn_graph.so.9 not found; install cuDNN 9");
  }

  @Test
  void tooLargeABatchSaysWhatIsFree() throws Exception {
    Result result =
        convoy(
            Map.of(),
            "bench",
            "--model",
            "resnet18",
            "--mode",
            "infer",
            "-b",
            "2000",
            "--steps",
            "1",
            "--device",
            "cuda");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.output())
        .containsPattern(
            "batch size 2000 needs [0-9.]+ GiB on the device, available are [0-9.]+ GiB; [0-9]+ fits")
        .doesNotContain("at dev.convoy");
  }
}
