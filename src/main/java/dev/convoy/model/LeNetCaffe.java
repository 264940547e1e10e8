package dev.convoy.model;

import dev.convoy.nn.Conv2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.List;

/** The wide LeNet of Caffe's examples: 20 and 50 filters of 5×5, 500 units, dropout 0.5. */
final class LeNetCaffe extends Layer {

  private static final MaxPool2dOp POOL = new MaxPool2dOp(Window2d.of(2).stride(2));

  private final Conv2d conv1;
  private final Conv2d conv2 = child("conv2", new Conv2d(20, 50, Window2d.of(5)));
  private final Linear fc1;
  private final Dropout dropout = child("dropout", new Dropout(0.5));
  private final Linear fc2;

  LeNetCaffe(Shape input, int classes) {
    int height = extent(input.dim(1));
    int width = extent(input.dim(2));
    conv1 = child("conv1", new Conv2d(input.dim(0), 20, Window2d.of(5)));
    fc1 = child("fc1", new Linear(50 * height * width, 500));
    fc2 = child("fc2", new Linear(500, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        new ModelDescription(
            "lenet-caffe",
            "LeNet 20/50/500",
            2014,
            "Jia et al., Caffe: convolutional architecture for fast feature embedding",
            Shape.of(1, 28, 28),
            10,
            16,
            LeNetCaffe::new));
  }

  /** What two rounds of a 5×5 convolution and 2×2 pooling leave. */
  private static int extent(int input) {
    return ((input - 4) / 2 - 4) / 2;
  }

  @Override
  protected Value forward(Value x) {
    Value h = conv2.apply(conv1.apply(x).apply(POOL)).apply(POOL);
    h = fc1.apply(h.apply(ReshapeOp.flatten(h.shape()))).apply(UnaryOp.RELU);
    return fc2.apply(dropout.apply(h));
  }
}
