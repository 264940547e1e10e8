package dev.convoy.backend.reference;

import dev.convoy.backend.WeightScale;
import dev.convoy.graph.Node;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.QuantizeOp;

/** Between numbers and the integers that stand for them; the rounding is done by all. */
final class QuantizationReference {

  private QuantizationReference() {}

  static ReferenceKernel quantize(Node node) {
    double scale = ((QuantizeOp) node.op()).to().scale();
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        outputs[0][i] = inputs[0][i] / scale;
      }
    };
  }

  static ReferenceKernel dequantize(Node node) {
    double scale = ((DequantizeOp) node.op()).from().scale();
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        outputs[0][i] = inputs[0][i] * scale;
      }
    };
  }

  static ReferenceKernel weight(Node node) {
    int filters = node.output(1).shape().dim(0);
    int size = node.input(0).shape().count() / filters;
    return (inputs, outputs) -> {
      for (int f = 0; f < filters; f++) {
        double largest = 0;
        for (int i = f * size; i < (f + 1) * size; i++) {
          largest = Math.max(largest, Math.abs(inputs[0][i]));
        }
        float scale = WeightScale.of(node, f, largest);
        outputs[1][f] = scale;
        for (int i = f * size; i < (f + 1) * size; i++) {
          outputs[0][i] = inputs[0][i] / scale;
        }
      }
    };
  }
}
