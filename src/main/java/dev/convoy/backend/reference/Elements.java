package dev.convoy.backend.reference;

import dev.convoy.tensor.Tensor;

/** Copies between tensors and arrays of doubles. */
final class Elements {

  private Elements() {}

  static void copy(Tensor source, double[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = source.get(i);
    }
  }

  static void copy(double[] source, Tensor target) {
    for (int i = 0; i < source.length; i++) {
      target.set(i, source[i]);
    }
  }
}
