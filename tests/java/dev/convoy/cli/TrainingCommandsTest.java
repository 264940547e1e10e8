package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backends;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Datasets;
import dev.convoy.files.Json;
import dev.convoy.weights.Safetensors;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.assertj.core.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training, evaluating and predicting through the real launcher, as a user would. */
class TrainingCommandsTest {

  private static final String[] TRAIN = {
    "train", "--model", "lenet5", "--data-path", "builtin:mnist-small", "--limit", "600"
  };

  private static final String[] EVAL = {"eval", "--data-path", "builtin:mnist-small", "--json"};

  @TempDir private static Path shared;
  @TempDir private Path folder;

  @BeforeAll
  static void trainOnce() {
    Launcher.Result result =
        new Launcher(shared).run(with(TRAIN, "--epochs", "2", "-b", "16", "--json"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.err()).contains("memory: ", "epoch 2/2: loss ");
  }

  private static String[] with(String[] arguments, String... further) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + further.length);
    System.arraycopy(further, 0, all, arguments.length, further.length);
    return all;
  }

  private static String weights() {
    return shared.resolve("runs/lenet5/weights.safetensors").toString();
  }

  @Test
  void runFolderHoldsEverything() throws IOException {
    Path run = shared.resolve("runs/lenet5");
    try (var files = Files.list(run)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "weights.safetensors", "checkpoint.safetensors", "history.json", "settings.json");
    }
    Map<String, ?> result = Json.readObject(Files.readString(shared.resolve("stdout.txt")));
    assertThat(result.get("interrupted")).isEqualTo(false);
    assertThat((List<?>) result.get("epochs")).hasSize(2);
    assertThat(Json.readObject(Files.readString(run.resolve("settings.json"))))
        .containsEntry("model", "lenet5")
        .containsEntry("batch-size", 16L);
  }

  @Test
  void evalTellsTheAccuracyOfTheLastEpoch() throws IOException {
    Launcher.Result result =
        new Launcher(folder)
            .run("eval", "--weights", weights(), "--data-path", "builtin:mnist-small", "--json");
    assertThat(result.code()).as(result.err()).isZero();
    Map<String, ?> metrics = Json.readObject(result.out());
    assertThat((double) metrics.get("top1")).isGreaterThan(0.5);
    assertThat(metrics.get("pictures")).isEqualTo(2000L);
  }

  @Test
  void exportedModelEvaluatesAndTrainsFurther() throws IOException {
    Launcher launcher = new Launcher(folder);
    Launcher.Result exported = launcher.run("export", "--weights", weights(), "net.onnx", "--json");
    assertThat(exported.code()).as(exported.err()).isZero();
    assertThat(Json.readObject(exported.out())).containsEntry("model", "lenet5");
    Launcher.Result own = launcher.run(with(EVAL, "--weights", weights()));
    Launcher.Result read = launcher.run(with(EVAL, "--model", "net.onnx"));
    assertThat(read.code()).as(read.err()).isZero();
    assertThat(Json.readObject(read.out()).get("top1"))
        .isEqualTo(Json.readObject(own.out()).get("top1"));
    Launcher.Result trained =
        launcher.run(
            "train",
            "--model",
            "net.onnx",
            "--data-path",
            "builtin:mnist-small",
            "--epochs",
            "1",
            "--limit",
            "100");
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(folder.resolve("runs/net/weights.safetensors")).exists();
  }

  @Test
  void predictReadsPictures() throws IOException {
    Path seven = folder.resolve("a digit.png");
    int label = writeDigit(seven, 7);
    Launcher.Result result =
        new Launcher(folder)
            .run("predict", "--weights", weights(), "--top", "3", "--json", seven.toString());
    assertThat(result.code()).as(result.err()).isZero();
    List<?> predictions = (List<?>) Json.readObject(result.out()).get("predictions");
    List<?> top = (List<?>) ((Map<?, ?>) predictions.get(0)).get("top");
    assertThat(top).hasSize(3);
    assertThat(top)
        .<Object>extracting(entry -> ((Map<?, ?>) entry).get("index"))
        .contains((long) label);
  }

  @Test
  void predictNamesAFileThatIsNoPicture() throws IOException {
    Path file = Files.writeString(folder.resolve("notes.png"), "no picture");
    Launcher.Result result =
        new Launcher(folder).run("predict", "--weights", weights(), file.toString());
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.complaints()).singleElement().asString().contains("neither PNG nor JPEG");
  }

  /** As ink on paper the digit is recognised only after --invert. */
  @Test
  void predictInverts() throws IOException {
    Path light = folder.resolve("light.png");
    writeDigit(light, 7);
    BufferedImage image = ImageIO.read(light.toFile());
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int grey = image.getRaster().getSample(x, y, 0);
        image.getRaster().setSample(x, y, 0, 255 - grey);
      }
    }
    Path dark = folder.resolve("dark.png");
    ImageIO.write(image, "png", dark.toFile());
    double sure = probabilityOfSeven(light.toString());
    assertThat(sure).isGreaterThan(0.3);
    // Halves are rounded the other way when the picture is made smaller.
    assertThat(probabilityOfSeven("--invert", dark.toString())).isCloseTo(sure, within(0.01));
    assertThat(probabilityOfSeven(dark.toString())).isLessThan(sure - 0.1);
  }

  private double probabilityOfSeven(String... arguments) throws IOException {
    String[] all = with(new String[] {"predict", "--weights", weights(), "--json"}, arguments);
    Launcher.Result result = new Launcher(folder).run(all);
    assertThat(result.code()).as(result.err()).isZero();
    List<?> predictions = (List<?>) Json.readObject(result.out()).get("predictions");
    for (Object each : (List<?>) ((Map<?, ?>) predictions.get(0)).get("top")) {
      Map<?, ?> entry = (Map<?, ?>) each;
      if (entry.get("class").equals("7")) {
        return (double) entry.get("probability");
      }
    }
    return 0;
  }

  @Test
  void testOnlyJudgesAndLeavesTheRunAlone() throws IOException {
    Path run = shared.resolve("runs/lenet5");
    byte[] before = Files.readAllBytes(run.resolve("checkpoint.safetensors"));
    Launcher.Result result =
        new Launcher(folder).run("train", "--resume", run.toString(), "--test-only", "--json");
    assertThat(result.code()).as(result.err()).isZero();
    Map<?, ?> last =
        (Map<?, ?>)
            ((List<?>)
                    Json.readObject(Files.readString(shared.resolve("stdout.txt"))).get("epochs"))
                .get(1);
    assertThat(Json.readObject(result.out()).get("top1")).isEqualTo(last.get("validation_top1"));
    assertThat(run.resolve("checkpoint.safetensors")).hasBinaryContent(before);
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  /** Ten classes are learnt anew on a frozen trunk that ten other ones were learnt with. */
  @Test
  void aNewHeadIsTrainedOnAFrozenTrunk() throws IOException {
    Launcher.Result result =
        new Launcher(folder)
            .run(
                with(
                    TRAIN,
                    "--epochs",
                    "1",
                    "--weights",
                    weights(),
                    "--replace-head",
                    "--freeze",
                    "conv1,conv2",
                    "--lr-mult",
                    "fc3=3",
                    "--model-ema",
                    "-j",
                    "2"));
    assertThat(result.code()).as(result.err()).isZero();
    Safetensors old = Safetensors.read(Path.of(weights()));
    Safetensors tuned = Safetensors.read(folder.resolve("runs/lenet5/weights.safetensors"));
    for (String kept : new String[] {"conv1.weight", "conv2.bias"}) {
      assertThat(tuned.tensors().get(kept).toFloats())
          .isEqualTo(old.tensors().get(kept).toFloats());
    }
    assertThat(tuned.tensors().get("fc3.weight").toFloats())
        .isNotEqualTo(old.tensors().get("fc3.weight").toFloats());
    Launcher.Result averaged =
        new Launcher(folder)
            .run(
                "eval",
                "--weights",
                "runs/lenet5/weights-ema.safetensors",
                "--data-path",
                "builtin:mnist-small",
                "--json");
    assertThat(averaged.code()).as(averaged.err()).isZero();
    assertThat((double) Json.readObject(averaged.out()).get("top1")).isGreaterThan(0.3);
  }

  @Test
  void withoutAvx512Bf16BecomesF32AndSaysSo() throws IOException {
    Assumptions.assumeThat(Backends.choose("auto").backend().name()).isEqualTo("onednn");
    Launcher.Result result =
        new Launcher(folder)
            .runWith(
                "ONEDNN_MAX_CPU_ISA",
                "AVX2",
                with(TRAIN, "--epochs", "1", "--precision", "bf16", "--json"));
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.complaints())
        .singleElement()
        .asString()
        .startsWith("convoy: this CPU has no bf16 (oneDNN needs AVX-512 for it and uses ")
        .endsWith("; training in f32");
    Map<?, ?> settings = (Map<?, ?>) Json.readObject(result.out()).get("settings");
    assertThat(settings.get("precision")).isEqualTo("f32");
  }

  @Test
  void benchPrintsItsFigures() throws IOException {
    for (String mode : new String[] {"train", "infer"}) {
      Launcher.Result result =
          new Launcher(folder)
              .run(
                  ("bench --model lenet5 --mode "
                          + mode
                          + " -b 4 --steps 3 --warmup 1 --profile"
                          + " --json")
                      .split(" "));
      assertThat(result.code()).as(result.err()).isZero();
      assertThat(Json.readObject(result.out()))
          .containsEntry("model", "lenet5")
          .containsEntry("mode", mode)
          .containsEntry("batch", 4L)
          .containsEntry("precision", "f32")
          .containsKeys("device", "images_per_second", "step_ms", "peak_memory_bytes", "operators");
    }
  }

  @Test
  void profileSumsUpByOperator() throws IOException {
    Launcher.Result result =
        new Launcher(folder)
            .run(
                "bench --model lenet5 --input 1x32x32 -b 4 --steps 1 --warmup 1 --profile --json"
                    .split(" "));
    assertThat(result.code()).as(result.err()).isZero();
    Map<String, ?> json = Json.readObject(result.out());
    assertThat(json.get("input")).isEqualTo(List.of(1L, 32L, 32L));
    List<?> operators = (List<?>) json.get("operators");
    int count = 0;
    double share = 0;
    Map<Object, Map<?, ?>> kinds = new HashMap<>();
    for (Object row : (List<?>) json.get("by_operator")) {
      Map<?, ?> kind = (Map<?, ?>) row;
      kinds.put(kind.get("operator"), kind);
      count += ((Number) kind.get("count")).intValue();
      share += ((Number) kind.get("share")).doubleValue();
    }
    assertThat(count).isEqualTo(operators.size());
    assertThat(share).isCloseTo(1, within(1e-9));
    assertThat(((Number) kinds.get("Conv2d.GradWeight").get("gflops_per_second")).doubleValue())
        .isPositive();
    assertThat(((Number) kinds.get("MaxPool2d").get("gflops_per_second")).doubleValue()).isZero();
    assertThat(((Map<?, ?>) json.get("reorder_ms")).size()).isEqualTo(2);
    assertThat(((Number) json.get("memory_bound_share")).doubleValue()).isBetween(0.0, 1.0);
  }

  @Test
  void hugeLearningRateStopsWithOneLine() {
    Launcher.Result result = new Launcher(folder).run(with(TRAIN, "--lr", "1e20", "-b", "16"));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.complaints())
        .singleElement()
        .asString()
        .contains("the loss is not finite at step ", "(epoch 1); first at ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-INT", "-TERM"})
  void signalSavesAndResumeContinues(String signal) throws Exception {
    String[] arguments = with(TRAIN, "--epochs", "500", "-b", "16", "--output-dir", "run");
    Launcher launcher = new Launcher(folder);
    Process process = launcher.start(Launcher.script(), arguments);
    Instant giveUp = Instant.now().plus(Duration.ofMinutes(2));
    while (!launcher.err().contains("epoch 1/500: ")) {
      assertThat(process.isAlive()).as(launcher.err()).isTrue();
      assertThat(Instant.now()).isBefore(giveUp);
      Thread.sleep(50);
    }
    new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    Launcher.Result interrupted = launcher.finish(process);
    assertThat(interrupted.code()).as(interrupted.err()).isEqualTo(130);
    assertThat(interrupted.err()).contains("continue with: convoy train --resume run");
    String history = Files.readString(folder.resolve("run/history.json"));
    int epochs = ((List<?>) Json.readObject(history).get("epochs")).size();
    Launcher.Result resumed =
        launcher.run("train", "--resume", "run", "--epochs", Integer.toString(epochs + 1));
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("epoch %d/%d: ".formatted(epochs + 1, epochs + 1));
  }

  /** Writes the first validation digit of a class as a grey picture, twice as large. */
  private static int writeDigit(Path file, int digit) throws IOException {
    DataSplit data = Datasets.open("builtin:mnist-small");
    int index = 0;
    while (data.validation().label(index) != digit) {
      index++;
    }
    byte[] pixels = new byte[28 * 28];
    data.validation().read(index, pixels);
    BufferedImage image = new BufferedImage(56, 56, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 56; y++) {
      for (int x = 0; x < 56; x++) {
        image.getRaster().setSample(x, y, 0, pixels[y / 2 * 28 + x / 2] & 0xff);
      }
    }
    ImageIO.write(image, "png", file.toFile());
    return digit;
  }

  @Test
  void int8IsNearlyAsGood() throws IOException {
    String file = folder.resolve("int8.json").toString();
    Launcher.Result calibrated =
        new Launcher(folder)
            .run(
                "calibrate",
                "--weights",
                weights(),
                "--data-path",
                "builtin:mnist-small",
                "--images",
                "128",
                "-o",
                file);
    assertThat(calibrated.code()).as(calibrated.err()).isZero();
    assertThat(calibrated.out()).contains("from 128 pictures of");
    String[] eval = with(EVAL, "--weights", weights());
    double plain = top1(new Launcher(folder).run(eval));
    Launcher.Result int8 =
        new Launcher(folder).run(with(eval, "--precision", "int8", "--calibration", file));
    assertThat(top1(int8)).isCloseTo(plain, within(0.01));
    Launcher.Result missing = new Launcher(folder).run(with(eval, "--precision", "int8"));
    assertThat(missing.code()).isEqualTo(2);
    assertThat(missing.complaints())
        .singleElement()
        .asString()
        .contains("--precision int8 needs --calibration FILE");
  }

  private static double top1(Launcher.Result result) throws IOException {
    assertThat(result.code()).as(result.err()).isZero();
    return ((Number) Json.readObject(result.out()).get("top1")).doubleValue();
  }
}
