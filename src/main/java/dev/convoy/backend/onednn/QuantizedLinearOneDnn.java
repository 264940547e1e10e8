package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/** The matrix product of 8-bit integers; rows of the weights are columns of the second matrix. */
final class QuantizedLinearOneDnn {

  private QuantizedLinearOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    OneDnn.requireExactIntegers();
    QuantizedLinearOp op = (QuantizedLinearOp) node.op();
    Value x = node.input(0);
    Value w = node.input(1);
    Value y = node.output(0);
    long features = x.shape().dim(1);
    long outputs = y.shape().dim(1);
    boolean bias = node.inputs().size() == 4;
    memory.desc row = Descriptors.rowMajor(DType.F32, 1, outputs);
    primitive_attr attributes = OneDnn.attributes();
    Scales.one(attributes, dnnl.DNNL_ARG_SRC);
    attributes.set_scales_mask(dnnl.DNNL_ARG_WEIGHTS, 1 << 1);
    matmul.primitive_desc primitive =
        new matmul.primitive_desc(
            OneDnn.ENGINE,
            lowering.describe(x),
            Descriptors.any(DType.I8, features, outputs),
            bias ? row : new memory.desc(),
            lowering.describe(y),
            attributes,
            false);
    memory.desc columns =
        Descriptors.strided(DType.I8, new long[] {features, outputs}, new long[] {1, features});
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, x)
            .argument(
                dnnl.DNNL_ARG_WEIGHTS,
                lowering.converted(w, columns, primitive.weights_desc()),
                primitive.weights_desc())
            .argument(dnnl.DNNL_ARG_DST, y);
    if (bias) {
      call.argument(dnnl.DNNL_ARG_BIAS, Scales.floats(node.input(3), lowering), row);
    }
    Scales.add(call, dnnl.DNNL_ARG_SRC, op.input(), lowering);
    Scales.addWeights(call, node.input(2), lowering).add();
  }
}
