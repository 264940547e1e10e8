package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Normalization;
import dev.convoy.files.Json;
import dev.convoy.tensor.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What must be known beside the parameters to predict: kept in the metadata of the weights file.
 *
 * @param model name in the zoo
 * @param picture C×H×W
 */
public record ModelCard(
    String model, List<String> classNames, Shape picture, Normalization normalization) {

  private static final String KEY = "convoy";

  static ModelCard of(String model, DataSplit data) {
    return new ModelCard(
        model, data.train().classNames(), data.train().pictureShape(), data.normalization());
  }

  Map<String, String> toMetadata() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", model);
    json.put("classes", classNames);
    json.put("picture", list(picture.dims()));
    json.put("mean", list(normalization.mean()));
    json.put("std", list(normalization.std()));
    return Map.of("format", "pt", KEY, Json.write(json));
  }

  private static List<Integer> list(int[] values) {
    List<Integer> list = new ArrayList<>();
    for (int value : values) {
      list.add(value);
    }
    return list;
  }

  /** By way of text: 0.1307f is to be 0.1307, not 0.13070000708103180. */
  private static List<Double> list(float[] values) {
    List<Double> list = new ArrayList<>();
    for (float value : values) {
      list.add(Double.parseDouble(Float.toString(value)));
    }
    return list;
  }

  /** Empty for files that other programs wrote. */
  static Optional<ModelCard> ofMetadata(Object file, Map<String, String> metadata) {
    String text = metadata.get(KEY);
    if (text == null) {
      return Optional.empty();
    }
    try {
      Map<String, ?> json = Json.readObject(text);
      List<String> classes = new ArrayList<>();
      for (Object name : items(json, "classes")) {
        classes.add(String.valueOf(name));
      }
      int[] dims = new int[3];
      for (int i = 0; i < dims.length; i++) {
        dims[i] = number(items(json, "picture").get(i)).intValue();
      }
      return Optional.of(
          new ModelCard(
              String.valueOf(json.get("model")),
              classes,
              Shape.of(dims),
              new Normalization(floats(json, "mean"), floats(json, "std"))));
    } catch (IOException | IndexOutOfBoundsException e) {
      throw new ConvoyException(file + ": its description of the model is damaged", e);
    }
  }

  private static List<?> items(Map<String, ?> json, String name) throws IOException {
    if (json.get(name) instanceof List<?> list) {
      return list;
    }
    throw new IOException(name);
  }

  private static float[] floats(Map<String, ?> json, String name) throws IOException {
    List<?> list = items(json, name);
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = number(list.get(i)).floatValue();
    }
    return values;
  }

  private static Number number(Object value) throws IOException {
    if (value instanceof Number number) {
      return number;
    }
    throw new IOException(String.valueOf(value));
  }
}
