package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerPointer;

/**
 * Upsampling. oneDNN's {@code resampling} puts positions where bilinear mode without aligned
 * corners has them, and nearest neighbours where whole factors have them. It takes over where it
 * agrees and is the faster: bilinear forward and nearest backward.
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
    new Call(lowering, description(op, x, y, lowering, OneDnn.attributes()))
        .argument(dnnl.DNNL_ARG_SRC, x)
        .argument(dnnl.DNNL_ARG_DST, y)
        .add();
  }

  static void gradInput(Node node, Lowering lowering) {
    Upsample2dOp op = ((Upsample2dOp.GradInput) node.op()).forward();
    Value dy = node.input(0);
    Value dx = node.output(0);
    if (op.mode() == Upsample2dOp.Mode.BILINEAR || !multiplies(op, dx.shape())) {
      Separable2dOneDnn.gradInput(node, lowering);
      return;
    }
    primitive_desc_base forward = description(op, dx, dy, lowering, new primitive_attr());
    try (PointerPointer<dnnl_primitive_desc> made = new PointerPointer<>(1)) {
      int status =
          dnnl.dnnl_resampling_backward_primitive_desc_create(
              made,
              OneDnn.ENGINE.get(),
              algorithm(op),
              (FloatPointer) null,
              lowering.describe(dx).get(),
              lowering.describe(dy).get(),
              forward.get(),
              OneDnn.attributes().get());
      new Call(lowering, description(made, status))
          .argument(dnnl.DNNL_ARG_DIFF_DST, dy)
          .argument(dnnl.DNNL_ARG_DIFF_SRC, dx)
          .add();
    }
  }

  /** Whether both factors are powers of two: oneDNN computes positions in f32, exact only then. */
  private static boolean doubles(Upsample2dOp op, Shape x) {
    return multiplies(op, x)
        && Integer.bitCount(op.height() / x.dim(2)) == 1
        && Integer.bitCount(op.width() / x.dim(3)) == 1;
  }

  private static boolean multiplies(Upsample2dOp op, Shape x) {
    return op.height() % x.dim(2) == 0 && op.width() % x.dim(3) == 0;
  }

  private static primitive_desc_base description(
      Upsample2dOp op, Value x, Value y, Lowering lowering, primitive_attr attributes) {
    memory.desc source = lowering.describe(x);
    memory.desc target = lowering.describe(y);
    try (PointerPointer<dnnl_primitive_desc> made = new PointerPointer<>(1)) {
      int status =
          dnnl.dnnl_resampling_forward_primitive_desc_create(
              made,
              OneDnn.ENGINE.get(),
              dnnl.dnnl_forward_training,
              algorithm(op),
              (FloatPointer) null,
              source.get(),
              target.get(),
              attributes.get());
      return description(made, status);
    }
  }

  private static int algorithm(Upsample2dOp op) {
    return op.mode() == Upsample2dOp.Mode.NEAREST
        ? dnnl.dnnl_resampling_nearest
        : dnnl.dnnl_resampling_linear;
  }

  /** The binding has no constructors for this primitive, only the C functions. */
  private static primitive_desc_base description(
      PointerPointer<dnnl_primitive_desc> made, int status) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException("resampling: oneDNN failed with status " + status);
    }
    return new primitive_desc_base(new dnnl_primitive_desc(made.get(0)));
  }
}
