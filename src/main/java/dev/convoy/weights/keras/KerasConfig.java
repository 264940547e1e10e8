package dev.convoy.weights.keras;

import dev.convoy.OneLine;
import dev.convoy.files.Json;
import io.jhdf.api.Attribute;
import io.jhdf.api.Node;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The description of the layers, as JSON, that Keras writes beside the weights of a whole model. It
 * is asked for one thing: Keras 3 calls the kernel of a depthwise convolution H×W×C×1 as it calls
 * that of a convolution from C channels to one.
 */
final class KerasConfig {

  private static final String ATTRIBUTE = "model_config";

  private KerasConfig() {}

  /** Names of the depthwise layers; empty where the file does not describe its layers. */
  static Set<String> depthwise(Node root, KerasSource source) {
    Set<String> names = new HashSet<>();
    Attribute attribute = root.getAttribute(ATTRIBUTE);
    if (attribute != null && attribute.getData() instanceof String json) {
      try {
        collect(Json.readObject(json), names);
      } catch (IOException e) {
        String reason = OneLine.of(String.valueOf(e.getMessage()));
        throw source.refuse("its " + ATTRIBUTE + " is no JSON (" + reason + ")");
      }
    }
    return names;
  }

  private static void collect(@Nullable Object json, Set<String> names) {
    if (json instanceof Map<?, ?> object) {
      if ("DepthwiseConv2D".equals(object.get("class_name"))
          && object.get("config") instanceof Map<?, ?> config
          && config.get("name") instanceof String name) {
        names.add(name);
      }
      object.values().forEach(value -> collect(value, names));
    } else if (json instanceof Iterable<?> list) {
      list.forEach(value -> collect(value, names));
    }
  }
}
