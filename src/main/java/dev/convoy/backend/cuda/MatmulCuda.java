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
    int rank = y.shape().rank();
    CublasProduct.Problem problem =
        new CublasProduct.Problem(
            batches(y),
            y.shape().dim(rank - 2),
            a.shape().dim(op.transposeA() ? -2 : -1),
            y.shape().dim(rank - 1),
            op.transposeA(),
            op.transposeB(),
            a.shape().rank() < rank,
            b.shape().rank() < rank,
            a.dtype(),
            op.result(),
            lowering.options().tensorFloat32());
    DevicePlace left = lowering.converted(a, a.dtype(), Layout.ROW_MAJOR);
    DevicePlace right = lowering.converted(b, a.dtype(), Layout.ROW_MAJOR);
    DevicePlace bias =
        node.inputs().size() == 3
            ? lowering.converted(node.input(2), op.result(), Layout.ROW_MAJOR)
            : null;
    boolean rows = lowering.layout(y) == Layout.ROW_MAJOR || Layout.indifferent(y.shape());
    DevicePlace result = rows ? lowering.storage(y) : lowering.temporary(y.type().bytes());
    DevicePlace workspace = lowering.scratchpad(CublasProduct.WORKSPACE);
    CublasProduct product =
        new CublasProduct(lowering.context(), problem, left, right, bias, result, workspace);
    if (bias == null) {
      lowering.addKernel(product, left, right, result);
    } else {
      lowering.addKernel(product, left, right, bias, result);
    }
    if (!rows) {
      ReorderCuda.add(
          lowering,
          y.shape(),
          new ReorderCuda.Side(result, y.dtype(), Layout.ROW_MAJOR),
          new ReorderCuda.Side(lowering.storage(y), y.dtype(), lowering.layout(y)));
    }
  }

  private static int batches(Value y) {
    int batches = 1;
    for (int axis = 0; axis < y.shape().rank() - 2; axis++) {
      batches *= y.shape().dim(axis);
    }
    return batches;
  }
}
