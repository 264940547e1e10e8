package dev.convoy.weights;

import dev.convoy.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What PyTorch's wrappers put before every name: {@code module.} for data parallelism and moving
 * averages, {@code _orig_mod.} for compiled models.
 */
final class WrapperPrefix {

  private static final List<String> PREFIXES = List.of("module.", "_orig_mod.");

  /** The count of a moving average stands beside its model's names. */
  private static final String AVERAGES = "n_averaged";

  private WrapperPrefix() {}

  /** Takes a prefix away if all names have it, again and again. */
  static Map<String, Tensor> strip(Map<String, Tensor> tensors) {
    Map<String, Tensor> stripped = tensors;
    for (String prefix = common(stripped); !prefix.isEmpty(); prefix = common(stripped)) {
      Map<String, Tensor> shorter = new LinkedHashMap<>();
      int length = prefix.length();
      stripped.forEach(
          (name, tensor) ->
              shorter.put(name.equals(AVERAGES) ? name : name.substring(length), tensor));
      stripped = shorter;
    }
    return stripped;
  }

  private static String common(Map<String, Tensor> tensors) {
    return PREFIXES.stream()
        .filter(prefix -> tensors.keySet().stream().anyMatch(name -> name.startsWith(prefix)))
        .filter(
            prefix ->
                tensors.keySet().stream()
                    .filter(name -> !name.equals(AVERAGES))
                    .allMatch(name -> name.startsWith(prefix) && name.length() > prefix.length()))
        .findFirst()
        .orElse("");
  }
}
