package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;

/**
 * Matrix products; a transposed matrix is the same memory with its strides exchanged, and the axes
 * of a batch are one.
 */
final class MatmulOneDnn {

  private MatmulOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    MatmulOp op = (MatmulOp) node.op();
    Value a = node.input(0);
    Value b = node.input(1);
    Value y = node.output(0);
    // A transposed column is a row where it stands; oneDNN 3.11 multiplies a batch of them wrongly
    // with AMX.
    boolean column = op.transposeA() && a.shape().dim(-1) == 1;
    Shape factor = column ? transposed(a.shape()) : a.shape();
    boolean transposeA = op.transposeA() && !column;
    // Where all products share the second matrix, the rows of the batch are rows of one matrix.
    boolean single = b.shape().rank() == 2 && (a.shape().rank() == 2 || !transposeA);
    memory.desc left = matrix(factor, transposeA, a.dtype(), single);
    memory.desc stored = matrix(b.shape(), op.transposeB(), a.dtype(), single);
    memory.desc product = matrix(y.shape(), false, y.dtype(), single);
    boolean free = single && lowering.isConstant(b);
    memory.desc right =
        free ? Descriptors.any(a.dtype(), op.inner(a.shape()), y.shape().dim(-1)) : stored;
    boolean bias = node.inputs().size() == 3;
    memory.desc biases = bias ? bias(node.input(2), single) : new memory.desc();
    matmul.primitive_desc primitive =
        new matmul.primitive_desc(
            OneDnn.ENGINE, left, right, biases, product, OneDnn.attributes(), false);
    memory.desc plain = matrix(b.shape(), op.transposeB(), b.dtype(), single);
    Storage weights =
        free
            ? lowering.converted(b, plain, primitive.weights_desc())
            : rows(b, a.dtype(), lowering);
    Call call =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, rows(a, a.dtype(), lowering), left)
            .argument(dnnl.DNNL_ARG_WEIGHTS, weights, primitive.weights_desc())
            .argument(dnnl.DNNL_ARG_DST, lowering.storage(y), product);
    if (bias) {
      call.argument(dnnl.DNNL_ARG_BIAS, lowering.storage(node.input(2)), biases);
    }
    call.add();
  }

  /** A batch of four axes may be stored as pictures are; products need rows. */
  private static Storage rows(Value value, DType dtype, Lowering lowering) {
    memory.desc rows = Descriptors.rowMajor(dtype, Descriptors.dims(value.shape()));
    return lowering.converted(value, lowering.describe(value), rows);
  }

  private static memory.desc bias(Value bias, boolean single) {
    long columns = bias.shape().dim(0);
    return single
        ? Descriptors.rowMajor(bias.dtype(), 1, columns)
        : Descriptors.rowMajor(bias.dtype(), 1, 1, columns);
  }

  private static Shape transposed(Shape matrices) {
    int[] dims = matrices.dims();
    int rows = dims[dims.length - 2];
    dims[dims.length - 2] = dims[dims.length - 1];
    dims[dims.length - 1] = rows;
    return Shape.of(dims);
  }

  /** The matrices of a value, rows as file stores them: with one axis for the batch, or as one. */
  private static memory.desc matrix(Shape shape, boolean transpose, DType dtype, boolean single) {
    long columns = shape.dim(-1);
    long rows = single ? shape.count() / columns : shape.dim(-2);
    long batch = shape.count() / (rows * columns);
    long[] dims = transpose ? new long[] {columns, rows} : new long[] {rows, columns};
    long[] strides = transpose ? new long[] {1, columns} : new long[] {columns, 1};
    return single
        ? Descriptors.strided(dtype, dims, strides)
        : Descriptors.strided(
            dtype,
            new long[] {batch, dims[0], dims[1]},
            new long[] {rows * columns, strides[0], strides[1]});
  }
}
