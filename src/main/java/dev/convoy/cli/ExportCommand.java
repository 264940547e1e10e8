package dev.convoy.cli;

import dev.convoy.onnx.BatchNormForm;
import dev.convoy.tensor.Shape;
import dev.convoy.train.ModelCard;
import dev.convoy.train.ModelWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a trained model for other runtimes. */
@Command(
    name = "export",
    sortOptions = false,
    description = "Writes a trained model as an ONNX file for other runtimes; any batch size.")
final class ExportCommand extends Subcommand {

  @Mixin private TrainedModelFlags trained = new TrainedModelFlags();

  @Option(
      names = "--keep-batch-norm",
      description = "batch normalisation as operators of its own, to train the file further")
  private boolean keepBatchNorm;

  @Parameters(paramLabel = "FILE", description = "the ONNX file to write")
  private Path file = Path.of("");

  @Override
  void run() {
    ModelWeights loaded = trained.read();
    BatchNormForm form = keepBatchNorm ? BatchNormForm.SEPARATE : BatchNormForm.FOLDED;
    ModelCard card = OnnxModels.write(file, trained.model(), loaded, form);
    report(trained.nameOf(loaded), card.picture());
  }

  private void report(String name, Shape picture) {
    long bytes;
    try {
      bytes = Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (json()) {
      printJson(
          Map.of(
              "file",
              file.toString(),
              "model",
              name,
              "input",
              SummaryCommand.list(picture),
              "bytes",
              bytes));
    } else {
      print(
          "wrote %s: %s, pictures N×%s, %s"
              .formatted(file, OnnxModels.stem(name), picture, Units.bytes(bytes)));
    }
  }
}
