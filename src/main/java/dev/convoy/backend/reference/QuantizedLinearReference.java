package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.QuantizedLinearOp;

/** Sums of products of integers, which doubles hold exactly, then scale and bias. */
final class QuantizedLinearReference {

  private QuantizedLinearReference() {}

  static ReferenceKernel create(Node node) {
    double scale = ((QuantizedLinearOp) node.op()).input().scale();
    int features = node.input(0).shape().dim(1);
    int outputs = node.output(0).shape().dim(1);
    return (in, out) ->
        Parallel.parts(
            out[0].length,
            (long) out[0].length * features,
            i -> {
              int row = i / outputs * features;
              int filter = i % outputs;
              double sum = 0;
              for (int k = 0; k < features; k++) {
                sum += in[0][row + k] * in[1][filter * features + k];
              }
              out[0][i] = sum * scale * in[2][filter] + (in.length == 4 ? in[3][filter] : 0);
            });
  }
}
