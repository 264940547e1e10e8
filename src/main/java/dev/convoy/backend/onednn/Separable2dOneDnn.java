package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import dev.convoy.graph.Node;
import dev.convoy.op.AxisMap;
import dev.convoy.op.Separable2d;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;

/**
 * Linear maps along rows and columns: padding, upsampling, average pooling where oneDNN counts
 * otherwise, and the gradients of all of them. Elements are moved as they are where that is all,
 * else weighted and summed in f32.
 */
final class Separable2dOneDnn {

  private Separable2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Separable2d op = (Separable2d) node.op();
    Shape x = node.input(0).shape();
    lower(op.rows(x.dim(2)), op.columns(x.dim(3)), node, lowering);
  }

  static void gradInput(Node node, Lowering lowering) {
    Separable2d.Adjoint op = (Separable2d.Adjoint) node.op();
    AxisMap rows = op.forward().rows(op.input().dim(2));
    AxisMap columns = op.forward().columns(op.input().dim(3));
    lower(rows.transposed(), columns.transposed(), node, lowering);
  }

  private static void lower(AxisMap rows, AxisMap columns, Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    Descriptors.requireSupported(y.dtype());
    Storage source = lowering.storage(x);
    Storage target = lowering.storage(y);
    Pictures pictures = Pictures.of(y.shape(), lowering.layout(y));
    if (NativeKernels.AVAILABLE) {
      lowerNatively(rows, columns, pictures, y.dtype().bytes(), source, target, lowering);
      return;
    }
    ThreadTeam.Part part =
        new PixelSums(rows, columns, pictures.channels(), y.dtype(), source, target);
    int read = rows.inputs() * columns.inputs() * pictures.channels() / rows.outputs();
    int elements = pictures.rowLength() + read;
    Kernel kernel = () -> ThreadTeam.run(pictures.rows(), elements, part);
    lowering.add(kernel, source, target);
  }

  private static void lowerNatively(
      AxisMap rows,
      AxisMap columns,
      Pictures pictures,
      int bytes,
      Storage source,
      Storage target,
      Lowering lowering) {
    AxisTable rowTable = new AxisTable(rows);
    AxisTable columnTable = new AxisTable(columns);
    long row = 4L * columns.inputs() * pictures.channels();
    Storage scratch = lowering.scratchpad(row * NativeKernels.threads());
    lowering.add(
        new NativeCall(
            "separable2d.h",
            () ->
                NativeKernels.separable2d(
                    bytes,
                    source.address(),
                    target.address(),
                    pictures.count(),
                    pictures.channels(),
                    rowTable.address(),
                    columnTable.address(),
                    scratch.address())),
        source,
        target,
        scratch);
  }
}
