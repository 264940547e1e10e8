package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.UnaryOp;

/** Convolution, then the residual, then the activation. */
final class FusedConv2dReference {

  private FusedConv2dReference() {}

  static ReferenceKernel create(Node node) {
    FusedConv2dOp op = (FusedConv2dOp) node.op();
    ReferenceKernel convolution = Conv2dReference.forward(op.convolution(), node);
    UnaryOp activation = op.activation();
    return (inputs, outputs) -> {
      convolution.run(inputs, outputs);
      double[] y = outputs[0];
      if (op.residual()) {
        double[] residual = inputs[inputs.length - 1];
        for (int i = 0; i < y.length; i++) {
          y[i] += residual[i];
        }
      }
      if (activation != null) {
        for (int i = 0; i < y.length; i++) {
          y[i] = UnaryReference.apply(activation, y[i]);
        }
      }
    };
  }
}
