package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.train.ModelWeights;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which trained model a command is about. */
final class TrainedModelFlags {

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "a name or an ONNX file; default: the one that the weights file names")
  private String model = "";

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "a file, https://… or a name of convoy weights list")
  private String weights = "";

  /** What {@code --model} says; empty if nothing. */
  String model() {
    return model;
  }

  boolean hasWeights() {
    return !weights.isEmpty();
  }

  /**
   * The weights asked for, else those that the model's own file holds.
   *
   * @throws ConvoyException if neither is given or they cannot be read
   */
  ModelWeights read() {
    return ModelWeights.read(file());
  }

  private Path file() {
    if (hasWeights()) {
      return WeightsLocation.of(weights);
    }
    if (OnnxModels.isFile(model)) {
      return Path.of(model);
    }
    throw new ConvoyException("--weights is missing; add it, or give an ONNX file as --model");
  }

  /** The model asked for, else the one that the weights file names. */
  String nameOf(ModelWeights loaded) {
    return Models.nameOf(model, loaded);
  }
}
