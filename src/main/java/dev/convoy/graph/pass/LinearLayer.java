package dev.convoy.graph.pass;

import dev.convoy.graph.Node;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.Optional;
import java.util.Set;

/** A fully connected layer in f32 with constant parameters: what can be quantized. */
record LinearLayer(Node node) {

  static Optional<LinearLayer> of(Node node, Set<Value> constants) {
    boolean suits =
        node.op().equals(MatmulOp.linear(DType.F32))
            && node.input(0).dtype() == DType.F32
            && node.input(0).shape().rank() == 2
            && node.input(1).shape().rank() == 2
            && node.input(1).shape().dim(1) <= Quantization.MOST_PRODUCTS
            && !constants.contains(node.input(0))
            && constants.containsAll(node.inputs().subList(1, node.inputs().size()));
    return suits ? Optional.of(new LinearLayer(node)) : Optional.empty();
  }
}
