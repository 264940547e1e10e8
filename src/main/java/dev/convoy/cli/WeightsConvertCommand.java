package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.WeightsFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** From any format that is read to one that is written, which the new file's name tells. */
@Command(
    name = "convert",
    description = "Writes the weights of a safetensors, PyTorch or Keras file as safetensors.")
final class WeightsConvertCommand extends Subcommand {

  @Parameters(index = "0", paramLabel = "IN", description = "a file, https://… or a name")
  private String in = "";

  @Parameters(index = "1", paramLabel = "OUT", description = "a file that ends in .safetensors")
  private Path out = Path.of("");

  /** Writes weights in one format. */
  @FunctionalInterface
  interface Writer {
    void write(Path file, WeightsFile content);
  }

  /** By the ending of the file's name. */
  private static final Map<String, Writer> WRITERS =
      Map.of(".safetensors", WeightsConvertCommand::writeSafetensors);

  @Override
  void run() {
    Writer writer = writer();
    WeightsFile content = WeightsFile.read(WeightsLocation.of(in));
    writer.write(out, content);
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
    return WRITERS.entrySet().stream()
        .filter(entry -> out.toString().endsWith(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow(
            () ->
                new ConvoyException(
                    "cannot write %s: its name must end in one of %s"
                        .formatted(out, WRITERS.keySet())));
  }

  private static void writeSafetensors(Path file, WeightsFile content) {
    Map<String, String> metadata = new LinkedHashMap<>(content.metadata());
    metadata.putIfAbsent("format", "pt");
    Safetensors.write(file, content.tensors(), metadata);
  }
}
