package dev.convoy.backend.onednn;

import dev.convoy.backend.NonFiniteException;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;

/** Looks at a value in its place. */
final class FiniteGuardOneDnn {

  private FiniteGuardOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    lowering.alias(node.output(0), x);
    Storage storage = lowering.storage(x);
    DType dtype = x.dtype();
    int count = x.shape().count();
    lowering.add(
        () -> {
          for (int i = 0; i < count; i++) {
            float value = storage.rows(dtype).get(i);
            if (!Float.isFinite(value)) {
              throw new NonFiniteException(node.label() + ": value " + i + " is " + value);
            }
          }
        },
        storage);
  }
}
