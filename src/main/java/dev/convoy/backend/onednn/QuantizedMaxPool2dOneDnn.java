package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.QuantizedMaxPool2dOp;
import org.bytedeco.dnnl.global.dnnl;

/** Max pooling of 8-bit integers. */
final class QuantizedMaxPool2dOneDnn {

  private QuantizedMaxPool2dOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    new Call(
            lowering,
            MaxPool2dOneDnn.inference(
                ((QuantizedMaxPool2dOp) node.op()).window(),
                node.input(0),
                node.output(0),
                lowering))
        .argument(dnnl.DNNL_ARG_SRC, node.input(0))
        .argument(dnnl.DNNL_ARG_DST, node.output(0))
        .add();
  }
}
