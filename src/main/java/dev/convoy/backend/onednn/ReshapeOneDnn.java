package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.TensorType;

/**
 * Another shape over the same elements: nothing to do where the memory order is that of the rows,
 * else a change of order.
 */
final class ReshapeOneDnn {

  private ReshapeOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    boolean fromRows = isRowMajor(x, lowering);
    boolean toRows = isRowMajor(y, lowering);
    if (fromRows && toRows) {
      lowering.alias(y, x);
      return;
    }
    TensorType type = x.type();
    if (fromRows) {
      lowering.reorder(
          lowering.storage(x),
          Descriptors.of(y.type(), Layout.ROW_MAJOR),
          lowering.storage(y),
          lowering.describe(y));
      return;
    }
    Storage rows = toRows ? lowering.storage(y) : lowering.temporary(type.bytes());
    lowering.reorder(
        lowering.storage(x), lowering.describe(x), rows, Descriptors.of(type, Layout.ROW_MAJOR));
    if (!toRows) {
      lowering.reorder(
          rows,
          Descriptors.of(y.type(), Layout.ROW_MAJOR),
          lowering.storage(y),
          lowering.describe(y));
    }
  }

  private static boolean isRowMajor(Value value, Lowering lowering) {
    return lowering.layout(value) == Layout.ROW_MAJOR || Layout.indifferent(value.shape());
  }
}
