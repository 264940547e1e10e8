package dev.convoy.weights.keras;

import java.util.Optional;

/**
 * An array of a layer as it lies in the file, last axis fastest.
 *
 * @param shape extents; never empty, each at least 1
 */
@SuppressWarnings("ArrayRecordComponent") // Made once, read here, never compared.
record KerasArray(Role role, int[] shape, float[] values) {

  /** What Keras calls the arrays of a layer, in the versions since 1. */
  enum Role {
    KERNEL("kernel", "W"),
    DEPTHWISE_KERNEL("depthwise_kernel", "depthwise_W"),
    POINTWISE_KERNEL("pointwise_kernel", "pointwise_W"),
    BIAS("bias", "b"),
    GAMMA("gamma", "gamma"),
    BETA("beta", "beta"),
    MEAN("moving_mean", "running_mean"),
    VARIANCE("moving_variance", "running_variance");

    private final String name;
    private final String old;

    Role(String name, String old) {
      this.name = name;
      this.old = old;
    }

    /**
     * @param layer name of the layer, which Keras 1 puts in front
     * @param dataset name of the array, for example {@code kernel:0} or {@code fc1_W_1:0}
     */
    static Optional<Role> of(String layer, String dataset) {
      String bare = dataset.replaceFirst(":\\d+$", "");
      if (bare.startsWith(layer + "_")) {
        bare = bare.substring(layer.length() + 1);
      }
      bare = bare.replaceFirst("_\\d+$", "");
      for (Role role : values()) {
        if (bare.equals(role.name) || bare.equals(role.old)) {
          return Optional.of(role);
        }
      }
      return Optional.empty();
    }
  }
}
