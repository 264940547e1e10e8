package dev.convoy.weights.torch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The parameters of a file that {@code torch.save} wrote.
 *
 * @param tensors by name as saved, in the file's order; the map cannot be changed
 * @param skipped names of entries beside the parameters, such as epoch and optimiser
 */
public record TorchFile(Map<String, Tensor> tensors, List<String> skipped) {

  /**
   * Reads a whole file. The tensors are copies, dense and little-endian.
   *
   * @throws ConvoyException if the file cannot be read, is damaged, holds no tensors, or names
   *     anything but what tensors need
   */
  public static TorchFile read(Path file) {
    try {
      TorchSource source = new TorchSource(file, Files.size(file));
      return TorchZip.isZip(file) ? TorchZip.read(source) : TorchLegacy.read(source);
    } catch (IOException e) {
      throw new ConvoyException(
          "PyTorch file %s: cannot be read: %s"
              .formatted(OneLine.of(file.toString()), OneLine.of(String.valueOf(e.getMessage()))),
          e);
    }
  }
}
