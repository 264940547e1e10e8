package dev.convoy.weights;

import dev.convoy.ConvoyException;
import dev.convoy.data.Normalization;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How pictures must be scaled, as text in the metadata of converted files. */
final class InputScaling {

  private static final String MEAN = "input_mean";
  private static final String STD = "input_std";

  private InputScaling() {}

  static Map<String, String> toMetadata(Normalization normalization) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put(MEAN, text(normalization.mean()));
    metadata.put(STD, text(normalization.std()));
    return metadata;
  }

  /** Empty if the metadata says nothing or nothing sensible. */
  static Optional<Normalization> ofMetadata(Map<String, String> metadata) {
    String mean = metadata.get(MEAN);
    String std = metadata.get(STD);
    if (mean == null || std == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Normalization(values(mean), values(std)));
    } catch (NumberFormatException | ConvoyException e) {
      return Optional.empty();
    }
  }

  private static String text(float[] values) {
    return Arrays.toString(values).replaceAll("[\\[\\] ]", "");
  }

  private static float[] values(String text) {
    String[] parts = text.split(",", -1);
    float[] values = new float[parts.length];
    for (int i = 0; i < parts.length; i++) {
      values[i] = Float.parseFloat(parts[i]);
    }
    return values;
  }
}
