package dev.convoy.onnx;

import dev.convoy.op.Value;
import java.util.List;

/** How an ONNX operator is traced. */
@FunctionalInterface
interface NodeImport {

  /** What the node's outputs are; those that nobody reads may be left out. */
  List<Operand> trace(ImportedNode node);

  /** An operator with one output that is computed. */
  @FunctionalInterface
  interface OneValue {
    Value trace(ImportedNode node);
  }

  static NodeImport value(OneValue operator) {
    return node -> List.of(new Operand.Traced(operator.trace(node)));
  }
}
