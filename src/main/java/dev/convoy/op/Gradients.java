package dev.convoy.op;

import java.util.List;

/**
 * What a gradient rule sees of the node that it differentiates.
 *
 * <p>Only the first output of an operator carries a gradient; further outputs are by-products
 * (indices, statistics).
 */
public interface Gradients {

  Value input(int index);

  List<Value> inputs();

  Value output(int index);

  /** Gradient of the loss with respect to the first output; has that output's type. */
  Value upstream();

  /** Whether the gradient with respect to this input is asked for. */
  boolean wants(int input);
}
