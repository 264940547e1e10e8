package dev.convoy.train;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoy.data.Normalization;
import dev.convoy.files.Json;
import dev.convoy.optim.Plateau;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/** The files of a run's folder: honest ones, and how a resumed run reads them. */
public final class RunFiles {

  private RunFiles() {}

  /** A checkpoint of one variable. */
  public static byte[] checkpoint(Path folder) throws IOException {
    Path file = folder.resolve("honest-checkpoint.safetensors");
    new Checkpoint(
            Map.of("w", Tensor.of(new float[] {1, 2}, 2)),
            new Position(3, 4, 5),
            new Metrics.Sums(0.5, 5, 6, 7),
            1,
            1,
            new Judgement(2, 0.75, new Plateau(5, 0.1, 0.5, 3, 1)))
        .write(file);
    return Files.readAllBytes(file);
  }

  /** Settings of a run. */
  public static byte[] settings() {
    Map<String, Object> given =
        Map.of("model", "lenet5", "data-path", "digits", "epochs", 3, "freeze", "conv1");
    return Json.write(TrainingSettings.ofJson(given).toJson()).getBytes(UTF_8);
  }

  /** Reads as {@code --resume} does. */
  public static void readSettings(Path file) throws IOException {
    Path folder = Files.createDirectories(file.resolveSibling("run"));
    Files.copy(file, folder.resolve("settings.json"), StandardCopyOption.REPLACE_EXISTING);
    if (!Files.exists(folder.resolve("checkpoint.safetensors"))) {
      Files.createFile(folder.resolve("checkpoint.safetensors"));
    }
    TrainingSettings.ofJson(RunFolder.resume(folder).readSettings());
  }

  /** A history of one epoch. */
  public static byte[] history(Path folder) throws IOException {
    Path file = folder.resolve("honest-history.json");
    Metrics metrics = new Metrics(0.5, 0.75, 1);
    new History(List.of(new EpochRecord(1, metrics, metrics, metrics, 0.1, 2))).write(file);
    return Files.readAllBytes(file);
  }

  /** Reads as {@code --resume} does. */
  public static void readHistory(Path file) {
    History.read(file);
  }

  /** The description of a model in its weights' metadata. */
  public static byte[] modelCard() {
    ModelCard card =
        new ModelCard("lenet5", List.of("a", "b"), Shape.of(1, 28, 28), Normalization.CIFAR10);
    return card.toMetadata().get("convoy").getBytes(UTF_8);
  }
}
