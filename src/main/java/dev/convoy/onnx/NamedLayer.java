package dev.convoy.onnx;

import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.Value;
import java.util.HashMap;
import java.util.Map;

/** A layer that is known by the names of its parameters alone; the model applies them. */
final class NamedLayer extends Layer {

  private final Map<String, NamedLayer> below = new HashMap<>();
  private String operator = "";

  NamedLayer below(String name) {
    NamedLayer layer = below.get(name);
    if (layer == null) {
      layer = child(name, new NamedLayer());
      below.put(name, layer);
    }
    return layer;
  }

  Parameter register(String name, ModelAnalysis.Weight weight) {
    operator = operator.isEmpty() ? weight.operator() : operator;
    return weight.role() == ModelAnalysis.Role.LEARNED
        ? parameter(name, weight.shape(), weight.initializer())
        : statistic(name, weight.shape(), weight.initializer());
  }

  /** The ONNX operator that reads its parameters. */
  @Override
  public String kind() {
    return operator;
  }

  @Override
  protected Value forward(Value x) {
    throw new UnsupportedOperationException(path() + " is applied by the model that it is part of");
  }
}
