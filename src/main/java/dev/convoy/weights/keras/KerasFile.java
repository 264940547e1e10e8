package dev.convoy.weights.keras;

import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of a file that Keras wrote.
 *
 * @param tensors in our layout; under our names if the file is of a model that Keras ships, else as
 *     {@code LAYER.weight}, {@code LAYER.bias}, …
 * @param skipped names of arrays that are no parameters
 * @param input how pictures must be scaled for it, if that is known
 * @param note what a user must know before using it; empty if nothing
 */
public record KerasFile(
    Map<String, Tensor> tensors, List<String> skipped, Optional<Normalization> input, String note) {

  private static final String UNKNOWN =
      "no model that Keras ships: layers keep their names, and a dense layer behind a flattened"
          + " picture keeps Keras' order of height, width, channels";

  /**
   * @throws dev.convoy.ConvoyException if the file cannot be read, is damaged, or holds no weights
   *     of layers
   */
  public static KerasFile read(Path file) {
    KerasSource source = new KerasSource(file);
    KerasHdf5.Content content = KerasHdf5.read(source);
    Optional<KerasMatch> found = KerasMatch.of(content.layers());
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    if (found.isEmpty() || found.get().family().model().isEmpty()) {
      content
          .layers()
          .forEach(
              (name, arrays) ->
                  tensors.putAll(
                      new KerasTensors(source, name, arrays, 0).generic(name.replace('/', '.'))));
      String note = found.map(match -> match.family().note()).orElse(UNKNOWN);
      return new KerasFile(tensors, content.skipped(), Optional.empty(), note);
    }
    KerasFamily family = found.get().family();
    found
        .get()
        .layers()
        .forEach(
            (layer, name) -> {
              List<KerasArray> arrays = content.layers().getOrDefault(name, List.of());
              tensors.putAll(
                  new KerasTensors(source, name, arrays, family.epsilonAbove()).of(layer));
            });
    if (family.input().blueFirst()) {
      String first = family.layers().get(0).ours() + ".weight";
      tensors.computeIfPresent(first, (name, kernel) -> KerasLayout.reversedInputs(kernel));
    }
    return new KerasFile(
        tensors, content.skipped(), Optional.of(family.input().normalization()), family.note());
  }
}
