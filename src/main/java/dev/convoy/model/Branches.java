package dev.convoy.model;

import dev.convoy.nn.Layer;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * Chains of layers beside each other over the same input, joined on the channels: an Inception
 * module.
 */
final class Branches extends Layer {

  private static final ConcatOp JOIN = new ConcatOp(1);

  /** A layer with its name in the module. */
  record Step(String name, Layer layer) {}

  /** A chain; where it splits at its end, the ends are joined in turn. */
  private record Branch(List<Layer> chain, List<Layer> ends) {}

  private final List<Branch> branches = new ArrayList<>();

  /** Adds a chain. */
  Branches chain(Step... steps) {
    return split(List.of(steps), List.of());
  }

  /** Adds a chain whose result goes to several layers. */
  Branches split(List<Step> chain, List<Step> ends) {
    branches.add(new Branch(adopt(chain), adopt(ends)));
    return this;
  }

  private List<Layer> adopt(List<Step> steps) {
    return steps.stream().map(step -> child(step.name(), step.layer())).toList();
  }

  @Override
  protected Value forward(Value x) {
    List<Value> results = new ArrayList<>();
    for (Branch branch : branches) {
      Value y = x;
      for (Layer layer : branch.chain()) {
        y = layer.apply(y);
      }
      if (branch.ends().isEmpty()) {
        results.add(y);
      }
      for (Layer end : branch.ends()) {
        results.add(end.apply(y));
      }
    }
    Value first = results.remove(0);
    return first.apply(JOIN, results.toArray(Value[]::new));
  }
}
