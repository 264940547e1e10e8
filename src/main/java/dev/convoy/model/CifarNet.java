package dev.convoy.model;

import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * INPUT–CONV–RELU–POOL–FC (Karpathy, CS231n): on 32×32×3 twelve 3×3 filters give 32×32×12, pooling
 * 16×16×12, and a fully connected layer the class scores.
 */
final class CifarNet extends Layer {

  private static final int FILTERS = 12;
  private static final Window2d POOL = Window2d.of(2).stride(2);

  private final Conv2d conv;
  private final Linear fc;

  CifarNet(Shape input, int classes) {
    conv = child("conv", new Conv2d(input.dim(0), FILTERS, Window2d.of(3).padding(1)));
    int features = FILTERS * POOL.outputHeight(input.dim(1)) * POOL.outputWidth(input.dim(2));
    fc = child("fc", new Linear(features, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        ModelDescription.cifar(
            "cifarnet",
            "Conv-ReLU-pool-FC net",
            2015,
            "Karpathy, Stanford CS231n course notes",
            2,
            CifarNet::new));
  }

  @Override
  protected Value forward(Value x) {
    Value pooled = conv.apply(x).apply(UnaryOp.RELU).apply(new MaxPool2dOp(POOL));
    return fc.apply(pooled.apply(ReshapeOp.flatten(pooled.shape())));
  }
}
