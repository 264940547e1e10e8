package dev.convoy.nn;

import dev.convoy.op.Value;
import java.util.List;

/** Layers one after the other; they are called {@code 0}, {@code 1}, … */
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

  @Override
  protected Value forward(Value x) {
    Value y = x;
    for (Layer layer : layers) {
      y = layer.apply(y);
    }
    return y;
  }
}
