package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.Value;

/** Another element type. */
final class CastOneDnn {

  private CastOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    lowering.reorder(
        lowering.storage(x), lowering.describe(x), lowering.storage(y), lowering.describe(y));
  }
}
