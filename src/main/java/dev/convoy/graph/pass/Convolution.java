package dev.convoy.graph.pass;

import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.Quantization;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A convolution in f32 with constant parameters, fused or not: what can be quantized. */
record Convolution(Node node, FusedConv2dOp op) {

  static Optional<Convolution> of(Node node, Set<Value> constants) {
    FusedConv2dOp op = fused(node.op(), node.inputs().size());
    if (op == null || node.input(0).dtype() != DType.F32) {
      return Optional.empty();
    }
    Shape weight = node.input(1).shape();
    if (weight.count() / weight.dim(0) > Quantization.MOST_PRODUCTS) {
      return Optional.empty();
    }
    List<Value> parameters = node.inputs().subList(1, op.bias() ? 3 : 2);
    return !constants.contains(node.input(0)) && constants.containsAll(parameters)
        ? Optional.of(new Convolution(node, op))
        : Optional.empty();
  }

  private static @Nullable FusedConv2dOp fused(Op op, int inputs) {
    if (op instanceof Conv2dOp convolution) {
      return new FusedConv2dOp(convolution, inputs == 3, false, null);
    }
    return op instanceof FusedConv2dOp fused ? fused : null;
  }

  /** What changes with every picture: the input, and the residual if there is one. */
  List<Value> pictures() {
    List<Value> pictures = new ArrayList<>(List.of(node.input(0)));
    if (op.residual()) {
      pictures.add(residual());
    }
    return pictures;
  }

  Value residual() {
    return node.input(node.inputs().size() - 1);
  }
}
