package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/**
 * Sums and means, by kernels of our own: oneDNN's run through most of these axes element by
 * element. Up to 64 numbers are added in f32 and those sums in double, always in the same order.
 */
final class ReduceOneDnn {

  private final Storage source;
  private final Storage target;
  private final DType dtype;
  private final MemoryAxes axes;
  private final double divisor;
  private final double[][] totals;
  private final float[] results;
  private final RowSums[] sums = new RowSums[ThreadTeam.SIZE];
  private final boolean splitOutputs;

  private ReduceOneDnn(Node node, Lowering lowering) {
    ReduceOp op = (ReduceOp) node.op();
    Shape shape = node.input(0).shape();
    Value y = node.output(0);
    source = lowering.storage(node.input(0));
    target = lowering.storage(y);
    dtype = y.dtype();
    divisor = op.kind() == ReduceOp.Kind.MEAN ? op.reduced(shape) : 1;
    Layout order = op.keepAxes() ? lowering.layout(y) : Layout.ROW_MAJOR;
    axes = MemoryAxes.of(shape, lowering.layout(node.input(0)), outputStrides(op, shape, order));
    splitOutputs = axes.stride(0) > 0;
    int parts = splitOutputs ? 1 : Math.min(ThreadTeam.SIZE, axes.extent(0));
    totals = new double[ThreadTeam.SIZE][];
    for (int part = 0; part < ThreadTeam.SIZE; part++) {
      totals[part] = part < parts ? new double[y.shape().count()] : totals[0];
      sums[part] = new RowSums();
    }
    results = new float[y.shape().count()];
  }

  static void lower(Node node, Lowering lowering) {
    ReduceOneDnn kernel = new ReduceOneDnn(node, lowering);
    int inner = node.input(0).shape().count() / kernel.axes.extent(0);
    ThreadTeam.Part part = kernel::part;
    lowering.add(
        () -> {
          for (double[] partial : kernel.totals) {
            Arrays.fill(partial, 0);
          }
          ThreadTeam.run(kernel.axes.extent(0), inner, part);
          kernel.finish();
        },
        kernel.source,
        kernel.target);
  }

  /** Steps through the output along the input's axes; 0 along those summed over. */
  private static int[] outputStrides(ReduceOp op, Shape input, Layout order) {
    long[] kept = order.strides(op.kept(input));
    int[] strides = new int[input.rank()];
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = op.axes().contains(axis) ? 0 : (int) kept[axis];
    }
    return strides;
  }

  private void part(int part, int from, int to) {
    walk(part, 0, from, to, 0, 0);
  }

  /** Goes through the axes from the outermost in; the last two are done at once. */
  private void walk(int part, int axis, int from, int to, int memory, int output) {
    int stride = axes.stride(axis);
    if (axis == axes.last()) {
      block(part, 1, to - from, memory + from, 0, stride, output + from * stride);
      return;
    }
    int inner = 1;
    for (int further = axis + 1; further < axes.count(); further++) {
      inner *= axes.extent(further);
    }
    if (axis + 1 == axes.last()) {
      int column = axes.stride(axis + 1);
      int first = memory + from * inner;
      block(part, to - from, inner, first, stride, column, output + from * stride);
      return;
    }
    for (int i = from; i < to; i++) {
      walk(part, axis + 1, 0, axes.extent(axis + 1), memory + i * inner, output + i * stride);
    }
  }

  private void block(
      int part, int rows, int length, int memory, int rowStride, int columnStride, int output) {
    FloatRows elements = source.rows(dtype);
    if (columnStride == 0) {
      sums[part].ofRows(elements, rows, length, memory, totals[part], output, rowStride);
    } else if (rowStride == 0) {
      sums[part].ofColumns(elements, rows, length, memory, totals[part], output, columnStride);
    } else {
      for (int row = 0; row < rows; row++) {
        int first = output + row * rowStride;
        sums[part].ofColumns(
            elements, 1, length, memory + row * length, totals[part], first, columnStride);
      }
    }
  }

  private void finish() {
    double[] whole = totals[0];
    for (int part = 1; part < totals.length && !splitOutputs; part++) {
      for (int i = 0; i < whole.length && totals[part] != whole; i++) {
        whole[i] += totals[part][i];
      }
    }
    for (int i = 0; i < whole.length; i++) {
      results[i] = (float) (whole[i] / divisor);
    }
    target.rows(dtype).write(0, results, results.length);
  }
}
