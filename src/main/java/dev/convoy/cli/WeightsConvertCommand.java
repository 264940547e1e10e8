package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.train.ModelWeights;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.WeightsFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** From any format that is read to one that is written, which the new file's name tells. */
@Command(
    name = "convert",
    description =
        "Writes the weights of a safetensors, PyTorch, Keras or ONNX file as safetensors or, with"
            + " the model around them, as ONNX.")
final class WeightsConvertCommand extends Subcommand {

  @Parameters(index = "0", paramLabel = "IN", description = "a file, https://… or a name")
  private String in = "";

  @Parameters(
      index = "1",
      paramLabel = "OUT",
      description = "a file that ends in .safetensors or .onnx")
  private Path out = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "for .onnx; default: the one that the weights file names")
  private String model = "";

  /** Writes weights in one format. */
  @FunctionalInterface
  private interface Writer {
    void write(Path from, WeightsFile content);
  }

  /** By the ending of the file's name. */
  private final Map<String, Writer> writers =
      new TreeMap<>(Map.of(".safetensors", this::writeSafetensors, ".onnx", this::writeOnnx));

  @Override
  void run() {
    Writer writer = writer();
    Path from = WeightsLocation.of(in);
    WeightsFile content = ModelWeights.content(from);
    writer.write(from, content);
    if (json()) {
      printJson(
          Map.of(
              "file", out.toString(),
              "tensors", content.tensors().size(),
              "elements", content.elements()));
    } else {
      print(
          "%s: %s tensors, %s"
              .formatted(
                  out, Units.grouped(content.tensors().size()), Units.bytes(content.bytes())));
    }
  }

  private Writer writer() {
    return writers.entrySet().stream()
        .filter(entry -> out.toString().endsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                new ConvoyException(
                    "cannot write %s: its name must end in one of %s"
                        .formatted(out, writers.keySet())));
  }

  private void writeSafetensors(Path from, WeightsFile content) {
    Map<String, String> metadata = new LinkedHashMap<>(content.metadata());
    metadata.putIfAbsent("format", "pt");
    Safetensors.write(out, content.tensors(), metadata);
  }

  private void writeOnnx(Path from, WeightsFile content) {
    OnnxModels.write(out, model, ModelWeights.of(from, content), BatchNormForm.FOLDED);
  }
}
