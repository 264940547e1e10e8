package dev.convoy.weights.torch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.weights.torch.PickleValues.Dictionary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The parameters in what a file holds: the file's dictionary itself, or the one that it wraps
 * beside epoch, optimiser and the like.
 *
 * @param tensors by name
 * @param skipped names of entries that are not among the parameters
 */
record StateDict(Map<String, TorchTensor> tensors, List<String> skipped) {

  /** What training scripts call the parameters; the first that is there counts. */
  private static final List<String> WRAPPERS =
      List.of("state_dict", "model_state_dict", "model", "net", "model_ema", "state_dict_ema");

  private static final int DEPTH = 4;

  static StateDict in(Object root, TorchSource source) {
    List<String> skipped = new ArrayList<>();
    Object current = root;
    for (int depth = 0; depth < DEPTH; depth++) {
      if (!(current instanceof Dictionary dictionary)) {
        throw source.refuse(
            "holds %s, not a dictionary of tensors; save model.state_dict()"
                .formatted(PickleValues.kind(current)));
      }
      String wrapper = wrapper(dictionary);
      if (wrapper.isEmpty()) {
        return ofTensors(dictionary, skipped, source);
      }
      dictionary.entries.keySet().stream()
          .filter(key -> !key.equals(wrapper))
          .forEach(key -> skipped.add(name(key)));
      current = Objects.requireNonNull(dictionary.entries.get(wrapper));
    }
    throw source.refuse("wraps its parameters more than %d times".formatted(DEPTH));
  }

  private static String wrapper(Dictionary dictionary) {
    return WRAPPERS.stream()
        .filter(name -> dictionary.entries.get(name) instanceof Dictionary)
        .findFirst()
        .orElse("");
  }

  private static StateDict ofTensors(
      Dictionary dictionary, List<String> skipped, TorchSource source) {
    Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    dictionary.entries.forEach(
        (key, value) -> {
          if (key instanceof String name && value instanceof TorchTensor tensor) {
            if (tensor.isEmpty()) {
              skipped.add(name);
            } else {
              requireName(name, source);
              tensors.put(name, tensor);
            }
          } else {
            skipped.add(name(key));
          }
        });
    if (tensors.isEmpty()) {
      throw noTensors(dictionary, source);
    }
    return new StateDict(tensors, List.copyOf(skipped));
  }

  private static ConvoyException noTensors(Dictionary dictionary, TorchSource source) {
    List<String> some = dictionary.entries.keySet().stream().limit(5).map(StateDict::name).toList();
    return source.refuse(
        "holds no tensors%s; save model.state_dict()"
            .formatted(some.isEmpty() ? "" : " (but " + String.join(", ", some) + ")"));
  }

  private static void requireName(String name, TorchSource source) {
    if (name.isEmpty() || name.codePoints().anyMatch(OneLine::breaksLines)) {
      throw source.refuse(
          "tensor "
              + OneLine.quoted(name)
              + ": names must not be empty or contain control characters");
    }
  }

  /** Keys are scalars: their text is finite. */
  private static String name(Object key) {
    return OneLine.of(key.toString());
  }
}
