package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parts of a model that learn faster or slower than the rest, or not at all.
 *
 * @param rateFactors by path of a layer or parameter: what the learning rate is multiplied by
 * @param frozen paths of layers that stay as they are
 */
public record ParameterGroups(Map<String, Double> rateFactors, List<String> frozen) {

  private static final String FACTORS = "--lr-mult";
  private static final String FREEZE = "--freeze";

  /**
   * @throws ConvoyException if a factor is not above 0 or not finite
   */
  public ParameterGroups {
    rateFactors = Collections.unmodifiableMap(new LinkedHashMap<>(rateFactors));
    frozen = List.copyOf(frozen);
    rateFactors.forEach(
        (path, factor) -> {
          if (!(factor > 0) || Double.isInfinite(factor)) {
            throw new ConvoyException(
                "%s %s=%s: the factor must be a finite number above 0; --freeze %s keeps it fixed"
                    .formatted(FACTORS, path, factor, path));
          }
        });
  }

  /** Reads {@code fc=10,layer1=0.1} and {@code layer1,layer2}. */
  static ParameterGroups parse(String factors, String frozen) {
    Map<String, Double> byPath = new LinkedHashMap<>();
    for (String item : items(factors)) {
      int equals = item.indexOf('=');
      if (equals < 1 || byPath.put(item.substring(0, equals).strip(), factor(item)) != null) {
        throw notGroups(factors);
      }
    }
    return new ParameterGroups(byPath, items(frozen));
  }

  private static double factor(String item) {
    try {
      return Double.parseDouble(item.substring(item.indexOf('=') + 1));
    } catch (NumberFormatException e) {
      throw notGroups(item);
    }
  }

  private static ConvoyException notGroups(String text) {
    return new ConvoyException(
        "%s %s: write layers and factors as fc=10,layer1=0.1, each layer once"
            .formatted(FACTORS, text));
  }

  private static List<String> items(String text) {
    List<String> items = new ArrayList<>();
    for (String item : text.split(",")) {
      if (!item.isBlank()) {
        items.add(item.strip());
      }
    }
    return items;
  }

  /**
   * Freezes what is to be frozen.
   *
   * @throws ConvoyException if the model has no layer of a name, or nothing is left to learn
   */
  void applyTo(Layer model) {
    Map<String, Layer> layers = new LinkedHashMap<>();
    collect(model, layers);
    for (String path : frozen) {
      Layer layer = layers.get(path);
      if (layer == null) {
        throw unknown(FREEZE, path, layers.keySet());
      }
      layer.freeze();
    }
    List<String> paths = new ArrayList<>(layers.keySet());
    model.parameters().stream().map(Parameter::path).forEach(paths::add);
    for (String path : rateFactors.keySet()) {
      if (!paths.contains(path)) {
        throw unknown(FACTORS, path, paths);
      }
    }
    if (model.parameters().stream().noneMatch(Parameter::trainable)) {
      throw new ConvoyException(
          FREEZE + " " + String.join(",", frozen) + ": leaves nothing to train; freeze less");
    }
  }

  private static void collect(Layer layer, Map<String, Layer> into) {
    for (Layer child : layer.children().values()) {
      into.put(child.path(), child);
      collect(child, into);
    }
  }

  private static ConvoyException unknown(String flag, String path, Collection<String> paths) {
    String hint =
        NearestName.of(path, paths)
            .map(nearest -> "; did you mean " + nearest + "?")
            .orElse("; convoy summary lists the layers");
    return new ConvoyException(flag + " " + path + ": the model has no such layer" + hint);
  }

  void toJson(Map<String, Object> json) {
    List<String> factors = new ArrayList<>();
    rateFactors.forEach((path, factor) -> factors.add(path + "=" + factor));
    json.put("lr-mult", String.join(",", factors));
    json.put("freeze", String.join(",", frozen));
  }

  static ParameterGroups ofJson(SettingsReader in) {
    return parse(in.text("lr-mult", ""), in.text("freeze", ""));
  }
}
