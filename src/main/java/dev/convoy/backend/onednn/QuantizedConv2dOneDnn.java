package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/**
 * Convolution of 8-bit integers: the scales of input and output are numbers, those of the weights
 * one a filter, and the residual is what lies in the output's place beforehand.
 */
final class QuantizedConv2dOneDnn {

  private QuantizedConv2dOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    OneDnn.requireExactIntegers();
    QuantizedConv2dOp op = (QuantizedConv2dOp) node.op();
    FusedConv2dOp fused = op.operation();
    post_ops after = new post_ops();
    if (fused.residual()) {
      appendResidual(node, op, after, lowering);
    }
    UnaryOp activation = fused.activation();
    if (activation != null) {
      Eltwise eltwise = Eltwise.fused(activation, lowering.guarded());
      after.append_eltwise(eltwise.algorithm(), eltwise.alpha(), eltwise.beta());
    }
    primitive_attr attributes = OneDnn.attributes();
    attributes.set_post_ops(after);
    int filterAxes = fused.convolution().groups() == 1 ? 1 : 3;
    Scales.one(attributes, dnnl.DNNL_ARG_SRC);
    attributes.set_scales_mask(dnnl.DNNL_ARG_WEIGHTS, filterAxes);
    Value bias = fused.bias() ? node.input(3) : null;
    Quantization output = op.output();
    if (output != null) {
      Scales.one(attributes, dnnl.DNNL_ARG_DST);
    }
    Call call = Conv2dOneDnn.call(node, fused.convolution(), bias, attributes, lowering);
    Scales.add(call, dnnl.DNNL_ARG_SRC, op.input(), lowering);
    Scales.addWeights(call, node.input(2), lowering);
    if (output != null) {
      Scales.add(call, dnnl.DNNL_ARG_DST, output, lowering);
    }
    call.add();
  }

  private static void appendResidual(
      Node node, QuantizedConv2dOp op, post_ops after, Lowering lowering) {
    Value residual = node.input(node.inputs().size() - 1);
    Conv2dOneDnn.takePlaceOf(residual, node.output(0), node.input(0), lowering);
    Quantization type = op.residual();
    if (type == null) {
      after.append_sum();
    } else {
      after.append_sum((float) type.scale(), 0, Descriptors.dataType(type.dtype()));
    }
  }
}
