package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** Sums of products of integers, which doubles hold exactly, then what follows in doubles. */
final class QuantizedConv2dReference {

  private QuantizedConv2dReference() {}

  static ReferenceKernel create(Node node) {
    QuantizedConv2dOp op = (QuantizedConv2dOp) node.op();
    FusedConv2dOp fused = op.operation();
    ReferenceKernel sums = Conv2dReference.forward(fused.convolution(), DType.I8, false, node);
    Shape shape = node.output(0).shape();
    int filters = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    UnaryOp activation = fused.activation();
    double residualScale = scaleOf(op.residual());
    double outputScale = scaleOf(op.output());
    return (inputs, outputs) -> {
      sums.run(inputs, outputs);
      double[] y = outputs[0];
      for (int i = 0; i < y.length; i++) {
        int filter = i / plane % filters;
        double z = y[i] * op.input().scale() * inputs[2][filter];
        z += fused.bias() ? inputs[3][filter] : 0;
        z += fused.residual() ? inputs[inputs.length - 1][i] * residualScale : 0;
        y[i] = (activation == null ? z : UnaryReference.apply(activation, z)) / outputScale;
      }
    };
  }

  private static double scaleOf(@Nullable Quantization quantization) {
    return quantization == null ? 1 : quantization.scale();
  }
}
