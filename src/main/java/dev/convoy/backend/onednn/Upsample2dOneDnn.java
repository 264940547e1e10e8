package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Upsampling. oneDNN's {@code resampling} puts positions where bilinear mode without aligned
 * corners has them, and nearest neighbours where whole factors have them. It takes over where it
 * agrees and is the faster: bilinear forward. The gradient of nearest neighbours is a {@code
 * pooling}.
 */
final class Upsample2dOneDnn {

  private Upsample2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Upsample2dOp op = (Upsample2dOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    if (op.mode() == Upsample2dOp.Mode.NEAREST || op.alignCorners() || !doubles(op, x.shape())) {
      Separable2dOneDnn.forward(node, lowering);
      return;
    }
    new Call(lowering, bilinear(x, y, lowering))
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

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

  /** Whether both factors are powers of two: oneDNN computes positions in f32, exact only then. */
  private static boolean doubles(Upsample2dOp op, Shape x) {
    return op.height() % x.dim(2) == 0
        && op.width() % x.dim(3) == 0
        && Integer.bitCount(op.height() / x.dim(2)) == 1
        && Integer.bitCount(op.width() / x.dim(3)) == 1;
  }

  /** The binding has no constructor for this primitive, only the C function. */
  private static primitive_desc_base bilinear(Value x, Value y, Lowering lowering) {
    memory.desc source = lowering.describe(x);
    memory.desc target = lowering.describe(y);
    try (PointerPointer<dnnl_primitive_desc> made = new PointerPointer<>(1)) {
      int status =
          dnnl.dnnl_resampling_forward_primitive_desc_create(
              made,
              OneDnn.ENGINE.get(),
              dnnl.dnnl_forward_training,
              dnnl.dnnl_resampling_linear,
              (FloatPointer) null,
              source.get(),
              target.get(),
              OneDnn.attributes().get());
      if (status != dnnl.dnnl_success) {
        throw new IllegalStateException("resampling: oneDNN failed with status " + status);
      }
      return new primitive_desc_base(new dnnl_primitive_desc(made.get(0)));
    }
  }
}
