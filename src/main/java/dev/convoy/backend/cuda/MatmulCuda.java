package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Value;

/** Matrix products by cuBLASLt. */
final class MatmulCuda {

  private MatmulCuda() {}

  static void lower(Node node, CudaLowering lowering) {
    MatmulOp op = (MatmulOp) node.op();
    Value a = node.input(0);
    Value b = node.input(1);
    Value y = node.output(0);
    int rank = a.shape().rank();
    int batch = 1;
    for (int axis = 0; axis < rank - 2; axis++) {
      batch *= a.shape().dim(axis);
    }
    CublasProduct.Problem problem =
        new CublasProduct.Problem(
            batch,
            y.shape().dim(rank - 2),
            a.shape().dim(op.transposeA() ? rank - 2 : rank - 1),
            y.shape().dim(rank - 1),
            op.transposeA(),
            op.transposeB(),
            b.shape().rank() < rank,
            a.dtype(),
            op.result(),
            lowering.options().tensorFloat32());
    DevicePlace left = lowering.storage(a);
    DevicePlace right = lowering.converted(b, a.dtype(), Layout.ROW_MAJOR);
    DevicePlace bias =
        node.inputs().size() == 3
            ? lowering.converted(node.input(2), op.result(), Layout.ROW_MAJOR)
            : null;
    DevicePlace result = lowering.storage(y);
    DevicePlace workspace = lowering.scratchpad(CublasProduct.WORKSPACE);
    CublasProduct product =
        new CublasProduct(lowering.context(), problem, left, right, bias, result, workspace);
    if (bias == null) {
      lowering.addKernel(product, left, right, result);
    } else {
      lowering.addKernel(product, left, right, bias, result);
    }
  }
}
