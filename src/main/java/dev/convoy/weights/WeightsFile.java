package dev.convoy.weights;

import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.keras.KerasFile;
import dev.convoy.weights.torch.TorchFile;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Parameters from a file of any known format.
 *
 * @param format for people
 * @param tensors by name, in the file's order, without prefixes that wrappers put before all names;
 *     the map cannot be changed
 * @param metadata text beside the tensors; the map cannot be changed
 * @param skipped names of entries that are no parameters
 * @param note what a user must know before using them; empty if nothing
 */
public record WeightsFile(
    String format,
    Map<String, Tensor> tensors,
    Map<String, String> metadata,
    List<String> skipped,
    String note) {

  public WeightsFile {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    skipped = List.copyOf(skipped);
  }

  /**
   * @throws dev.convoy.ConvoyException if the file cannot be read, is of no known format, damaged,
   *     or asks for anything but tensors
   */
  public static WeightsFile read(Path file) {
    WeightsFormat format = WeightsFormat.of(file);
    String title = format.title();
    return switch (format) {
      case SAFETENSORS -> {
        Safetensors content = Safetensors.read(file);
        yield new WeightsFile(title, content.tensors(), content.metadata(), List.of(), "");
      }
      case PYTORCH -> {
        TorchFile content = TorchFile.read(file);
        yield new WeightsFile(
            title, WrapperPrefix.strip(content.tensors()), Map.of(), content.skipped(), "");
      }
      case KERAS -> {
        KerasFile content = KerasFile.read(file);
        Map<String, String> scaling =
            content.input().map(InputScaling::toMetadata).orElse(Map.of());
        yield new WeightsFile(title, content.tensors(), scaling, content.skipped(), content.note());
      }
    };
  }

  /** How pictures must be scaled for these weights, if the file tells. */
  public Optional<Normalization> input() {
    return InputScaling.ofMetadata(metadata);
  }

  /** Number of elements in all tensors. */
  public long elements() {
    return tensors.values().stream().mapToLong(tensor -> tensor.shape().count()).sum();
  }

  /** Bytes of all elements. */
  public long bytes() {
    return tensors.values().stream().mapToLong(tensor -> tensor.type().bytes()).sum();
  }
}
