package dev.convoy.weights.keras;

/**
 * A layer of a model that Keras ships, and what we call it.
 *
 * @param name Keras' name, alternatives with {@code |} between them; where Keras gives none, the
 *     class, {@code #} and which of these it is
 * @param ours the path of our layer, without {@code .weight}
 * @param pixels of the flattened picture that a dense layer takes; 1 otherwise
 */
record KerasLayer(Kind kind, String name, String ours, int pixels) {

  enum Kind {
    CONVOLUTION("conv2d"),
    DEPTHWISE("depthwise_conv2d"),
    /** A depthwise convolution {@code conv1} and a 1×1 convolution {@code pointwise}. */
    SEPARABLE("separable_conv2d"),
    DENSE("dense"),
    NORM("batch_normalization");

    private final String className;

    Kind(String className) {
      this.className = className;
    }

    String className() {
      return className;
    }
  }

  static KerasLayer convolution(String name, String ours) {
    return new KerasLayer(Kind.CONVOLUTION, name, ours, 1);
  }

  static KerasLayer depthwise(String name, String ours) {
    return new KerasLayer(Kind.DEPTHWISE, name, ours, 1);
  }

  static KerasLayer separable(String name, String ours) {
    return new KerasLayer(Kind.SEPARABLE, name, ours, 1);
  }

  static KerasLayer norm(String name, String ours) {
    return new KerasLayer(Kind.NORM, name, ours, 1);
  }

  static KerasLayer dense(String name, String ours) {
    return dense(name, ours, 1);
  }

  static KerasLayer dense(String name, String ours, int pixels) {
    return new KerasLayer(Kind.DENSE, name, ours, pixels);
  }
}
