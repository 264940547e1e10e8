package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;

/** Matrix products; a transposed matrix is the same memory with its strides exchanged. */
final class MatmulOneDnn {

  private MatmulOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    MatmulOp op = (MatmulOp) node.op();
    Value a = node.input(0);
    Value b = node.input(1);
    Value y = node.output(0);
    memory.desc left = matrix(a, op.transposeA(), a.dtype());
    memory.desc plain = matrix(b, op.transposeB(), b.dtype());
    boolean bias = node.inputs().size() == 3;
    memory.desc biases =
        bias ? Descriptors.rowMajor(node.input(2).dtype(), 1, y.shape().dim(1)) : new memory.desc();
    memory.desc right =
        lowering.isConstant(b)
            ? Descriptors.any(a.dtype(), a.shape().dim(op.transposeA() ? 0 : 1), y.shape().dim(1))
            : matrix(b, op.transposeB(), a.dtype());
    matmul.primitive_desc primitive =
        new matmul.primitive_desc(
            OneDnn.ENGINE, left, right, biases, lowering.describe(y), OneDnn.attributes(), false);
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, lowering.storage(a), left)
            .argument(
                dnnl.DNNL_ARG_WEIGHTS,
                lowering.converted(b, plain, primitive.weights_desc()),
                primitive.weights_desc())
            .argument(dnnl.DNNL_ARG_DST, y);
    if (bias) {
      call.argument(dnnl.DNNL_ARG_BIAS, lowering.storage(node.input(2)), biases);
    }
    call.add();
  }

  private static memory.desc matrix(Value value, boolean transpose, DType dtype) {
    long rows = value.shape().dim(0);
    long columns = value.shape().dim(1);
    return transpose
        ? Descriptors.strided(dtype, new long[] {columns, rows}, new long[] {1, columns})
        : Descriptors.strided(dtype, new long[] {rows, columns}, new long[] {columns, 1});
  }
}
