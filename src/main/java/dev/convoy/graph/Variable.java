package dev.convoy.graph;

import dev.convoy.tensor.TensorType;

/**
 * A named buffer that outlives a run: a parameter, a running statistic, an optimiser's moment.
 * Programs of the same model share it by name.
 *
 * @param name path in the model, for example {@code layer1.0.conv1.weight}
 */
public record Variable(String name, TensorType type) {

  @Override
  public String toString() {
    return name + " " + type;
  }
}
