package dev.convoy.weights.keras;

import dev.convoy.weights.keras.KerasArray.Role;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keras 3 numbers the arrays of a layer; the layer's class tells what the numbers mean. */
final class KerasVars {

  private static final List<Role> CONVOLUTION = List.of(Role.KERNEL, Role.BIAS);

  private static final Map<String, List<Role>> ROLES =
      Map.of(
          "conv2d", CONVOLUTION,
          "dense", CONVOLUTION,
          "depthwise_conv2d", List.of(Role.DEPTHWISE_KERNEL, Role.BIAS),
          "separable_conv2d", List.of(Role.DEPTHWISE_KERNEL, Role.POINTWISE_KERNEL, Role.BIAS),
          "batch_normalization", List.of(Role.GAMMA, Role.BETA, Role.MEAN, Role.VARIANCE));

  private KerasVars() {}

  /** The class in a layer's name, which may end with a number: {@code conv2d_7}. */
  static String className(String layer) {
    String last = layer.substring(layer.lastIndexOf('/') + 1);
    return last.replaceFirst("_\\d+$", "");
  }

  static Optional<Role> role(String layer, String number) {
    List<Role> roles = ROLES.getOrDefault(className(layer), List.of());
    return number.matches("\\d") && Integer.parseInt(number) < roles.size()
        ? Optional.of(roles.get(Integer.parseInt(number)))
        : Optional.empty();
  }
}
