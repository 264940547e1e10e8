package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;

/**
 * The gradient of upsampling. That of nearest neighbours is a {@code pooling} of oneDNN's where
 * factors are powers of two; the others are linear maps ({@link Separable2dOneDnn}).
 */
final class Upsample2dOneDnn {

  private Upsample2dOneDnn() {}

  /** With nearest neighbours a sum over windows: their mean, times as many as they have pixels. */
  static void gradInput(Node node, Lowering lowering) {
    Upsample2dOp op = ((Upsample2dOp.GradInput) node.op()).forward();
    Value dy = node.input(0);
    Value dx = node.output(0);
    if (op.mode() == Upsample2dOp.Mode.BILINEAR || !doubles(op, dx.shape())) {
      Separable2dOneDnn.gradInput(node, lowering);
      return;
    }
    int height = op.height() / dx.shape().dim(2);
    int width = op.width() / dx.shape().dim(3);
    Window2d window = Window2d.of(height, width).stride(height, width);
    post_ops after = new post_ops();
    after.append_eltwise(dnnl.algorithm.eltwise_linear, height * width, 0);
    primitive_attr attributes = OneDnn.attributes();
    attributes.set_post_ops(after);
    AveragePool2dOp mean = new AveragePool2dOp(window, true);
    new Call(lowering, AveragePool2dOneDnn.description(mean, dy, dx, lowering, attributes))
        .argument(dnnl.DNNL_ARG_SRC, dy)
        .argument(dnnl.DNNL_ARG_DST, dx)
        .add();
  }

  /** Whether both factors are powers of two, so that the mean times their product is exact. */
  private static boolean doubles(Upsample2dOp op, Shape x) {
    return op.height() % x.dim(2) == 0
        && op.width() % x.dim(3) == 0
        && Integer.bitCount(op.height() / x.dim(2)) == 1
        && Integer.bitCount(op.width() / x.dim(3)) == 1;
  }
}
