package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import dev.convoy.backend.State;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the tensors of a file and the parameters of a model go together, by name and shape.
 *
 * <p>PyTorch's counters {@code num_batches_tracked} and {@code n_averaged} are not parameters and
 * left aside.
 */
final class WeightsMatch {

  private static final int LISTED = 3;

  private final String source;
  private final Map<Parameter, Tensor> fitting = new LinkedHashMap<>();
  private final List<String> missing = new ArrayList<>();
  private final List<String> otherShape = new ArrayList<>();
  private final List<String> surplus = new ArrayList<>();

  private WeightsMatch(String source) {
    this.source = source;
  }

  /**
   * @param state receives the parameters; those that training alone uses may be missing in it and
   *     in the file
   * @param except paths of parameters that are left as they are
   */
  static WeightsMatch of(
      String source, Map<String, Tensor> tensors, Layer model, State state, Set<String> except) {
    WeightsMatch match = new WeightsMatch(source);
    Set<String> unused = new LinkedHashSet<>(tensors.keySet());
    unused.removeIf(WeightsMatch::isCounter);
    unused.removeAll(except);
    model.parameters().forEach(parameter -> unused.remove(parameter.path()));
    for (Parameter parameter : model.parameters()) {
      boolean optional = parameter.trainingOnly();
      boolean given = tensors.containsKey(parameter.path());
      if (except.contains(parameter.path())) {
        continue;
      }
      if (!optional || given && state.variables().contains(parameter.variable())) {
        match.place(parameter, tensors, unused);
      }
    }
    unused.forEach(name -> match.surplus.add(name + " " + tensors.get(name)));
    return match;
  }

  private static boolean isCounter(String name) {
    return name.endsWith("num_batches_tracked") || name.equals("n_averaged");
  }

  private void place(Parameter parameter, Map<String, Tensor> tensors, Set<String> unused) {
    Tensor tensor = tensors.get(parameter.path());
    if (tensor == null) {
      List<String> sameShape =
          unused.stream().filter(name -> parameter.shape().equals(shapeOf(tensors, name))).toList();
      missing.add(
          parameter
              + NearestName.of(parameter.path(), sameShape)
                  .map(near -> " (nearest in the file: " + near + ")")
                  .orElse(""));
    } else if (!tensor.shape().equals(parameter.shape()) || !tensor.dtype().isFloating()) {
      otherShape.add("%s (the file's is %s)".formatted(parameter, tensor.type()));
    } else {
      fitting.put(parameter, tensor);
    }
  }

  private static Object shapeOf(Map<String, Tensor> tensors, String name) {
    Tensor tensor = tensors.get(name);
    return tensor == null ? name : tensor.shape();
  }

  /** Parameters that have a tensor of their name and shape. */
  Map<Parameter, Tensor> fitting() {
    return fitting;
  }

  boolean isComplete() {
    return missing.isEmpty() && otherShape.isEmpty() && surplus.isEmpty();
  }

  /**
   * @param note about the file, for the message
   * @throws ConvoyException unless each parameter has a tensor and each tensor a parameter
   */
  void requireComplete(String note) {
    if (!isComplete()) {
      throw new ConvoyException(
          source
              + ": "
              + explained(note)
              + "; these are weights of another model or number of classes; load what fits with"
              + " --no-strict, or start a new last layer with convoy train --replace-head");
    }
  }

  /**
   * @param note about the file, for the message
   * @throws ConvoyException if no parameter has a tensor
   */
  void requireSome(String note) {
    if (fitting.isEmpty()) {
      throw new ConvoyException(
          source
              + ": nothing in it fits the model: "
              + explained(note)
              + "; choose another --model");
    }
  }

  private String explained(String note) {
    return note.isEmpty() ? differences() : note + "; " + differences();
  }

  /** For people: what does not go together, on one line; empty if all does. */
  String differences() {
    List<String> parts = new ArrayList<>();
    add(parts, "it lacks", missing);
    add(parts, "of another shape or type:", otherShape);
    add(parts, "the model has no", surplus);
    return String.join("; ", parts);
  }

  private static void add(List<String> parts, String what, List<String> items) {
    if (!items.isEmpty()) {
      int more = items.size() - LISTED;
      parts.add(
          what
              + " "
              + String.join(", ", items.subList(0, Math.min(LISTED, items.size())))
              + (more > 0 ? " and " + more + " more" : ""));
    }
  }
}
