package dev.convoy.nn;

import dev.convoy.op.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layers one after the other; they are called {@code 0}, {@code 1}, …, or by names of their own:
 *
 * <pre>{@code
 * Sequential.named(entry("conv0", new Conv2d(…)), entry("norm0", new BatchNorm2d(64)))
 * }</pre>
 */
public final class Sequential extends Layer {

  private final List<Layer> layers;

  public Sequential(Layer... layers) {
    this(List.of(layers));
  }

  public Sequential(List<? extends Layer> layers) {
    this.layers = List.copyOf(layers);
    for (int i = 0; i < layers.size(); i++) {
      child(Integer.toString(i), layers.get(i));
    }
  }

  private Sequential(Map<String, Layer> named) {
    layers = List.copyOf(named.values());
    named.forEach(this::child);
  }

  /**
   * Under names of their own, as torchvision's {@code nn.Sequential(OrderedDict(…))} has them.
   *
   * @throws IllegalArgumentException if two have the same name, or a name is empty or has a dot
   */
  @SafeVarargs
  public static Sequential named(Map.Entry<String, ? extends Layer>... layers) {
    Map<String, Layer> named = new LinkedHashMap<>();
    for (Map.Entry<String, ? extends Layer> layer : layers) {
      String name = layer.getKey();
      if (name.isEmpty() || name.contains(".")) {
        throw new IllegalArgumentException(
            "layer name '" + name + "': must be without dots, not empty");
      }
      if (named.put(name, layer.getValue()) != null) {
        throw new IllegalArgumentException("two children are called " + name);
      }
    }
    return new Sequential(named);
  }

  @Override
  protected Value forward(Value x) {
    Value y = x;
    for (Layer layer : layers) {
      y = layer.apply(y);
    }
    return y;
  }
}
