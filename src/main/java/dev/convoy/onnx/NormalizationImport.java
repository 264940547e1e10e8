package dev.convoy.onnx;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.BatchNorm2d;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;

/** Normalisations and dropout. */
final class NormalizationImport {

  private NormalizationImport() {}

  /** In training, unless frozen, the batch's statistics are used and followed. */
  static Value batch(ImportedNode node) {
    Value x = node.value(0);
    if (x.shape().rank() == 2) {
      Shape picture = Shape.of(x.shape().dim(0), x.shape().dim(1), 1, 1);
      return batch(node, x.apply(new ReshapeOp(picture))).apply(new ReshapeOp(x.shape()));
    }
    return batch(node, node.picture(0));
  }

  private static Value batch(ImportedNode node, Value x) {
    return BatchNorm2d.normalise(
        x,
        new BatchNorm2d.Parameters(
            node.parameter(1), node.parameter(2), node.parameter(3), node.parameter(4)),
        1 - node.number("momentum", 0.9),
        node.number("epsilon", 1e-5),
        node.training() && node.parameter(1).trainable());
  }

  /** Up to operator set 12 all axes from the given one on are normalised together. */
  static Value softmax(ImportedNode node, boolean logarithm) {
    Value x = node.value(0);
    Shape shape = x.shape();
    boolean together = node.operatorSet() < 13;
    int axis = node.axis(node.integer("axis", together ? 1 : -1), shape.rank());
    if (!together || axis == shape.rank() - 1) {
      return x.apply(new SoftmaxOp(axis, logarithm));
    }
    int rows = 1;
    for (int i = 0; i < axis; i++) {
      rows *= shape.dim(i);
    }
    return x.apply(new ReshapeOp(Shape.of(rows, shape.count() / rows)))
        .apply(new SoftmaxOp(1, logarithm))
        .apply(new ReshapeOp(shape));
  }

  /** Windows of an even size lie differently in ONNX and here. */
  static Value localResponse(ImportedNode node) {
    int size = node.extent("size", node.integer("size", 0), 1);
    if (size % 2 == 0) {
      throw node.refuse("size " + size + ": only odd sizes are supported");
    }
    return node.picture(0)
        .apply(
            new LocalResponseNormOp(
                size,
                node.number("alpha", 1e-4),
                node.number("beta", 0.75),
                node.number("bias", 1)));
  }

  static Value dropout(ImportedNode node) {
    Value x = node.value(0);
    if (!node.training()) {
      return x;
    }
    double rate = node.has(1) ? node.single(1) : node.number("ratio", 0.5);
    GraphBuilder builder = GraphBuilder.of(x);
    return x.apply(new DropoutOp(rate, builder.nextRandomStream()), builder.randomKey());
  }
}
