package dev.convoy.weights.keras;

import java.util.List;
import java.util.stream.Stream;

/**
 * A model that Keras ships ({@code keras.applications}) and how it differs from ours.
 *
 * @param model its name in the zoo; empty if there is none like it
 * @param layers in the order of {@code model.layers}, by which Keras 3 numbers those of a class
 * @param epsilonAbove by how much ε of Keras' batch normalisation is above ours
 * @param input what its pictures are scaled to
 * @param note what cannot be made good; empty if nothing
 */
record KerasFamily(
    String model, List<KerasLayer> layers, double epsilonAbove, KerasInput input, String note) {

  KerasFamily {
    layers = List.copyOf(layers);
  }

  /** All that are known. */
  static List<KerasFamily> all() {
    return Stream.of(
            KerasVgg.families(),
            KerasDenseNet.families(),
            List.of(KerasXception.family(), KerasEfficientNet.family(), KerasResNet.family()))
        .flatMap(List::stream)
        .toList();
  }
}
