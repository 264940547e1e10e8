package dev.convoy.nn;

import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;

/** How a parameter is filled before training. */
public interface Initializer {

  /**
   * @param shape the parameter's shape; weights are output×input×…
   * @param seed decides every random number together with the stream
   * @param stream tells the parameters of a model apart
   */
  Tensor create(Shape shape, long seed, int stream);
}
