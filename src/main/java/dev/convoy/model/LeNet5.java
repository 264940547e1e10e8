package dev.convoy.model;

import dev.convoy.ConvoyException;
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
 * LeNet-5 (LeCun et al., 1998): 6@28×28, 6@14×14, 16@10×10, 16@5×5, 120, 84, classes. The digits of
 * 28×28 are padded to the paper's 32×32 by the first convolution. As is usual today with ReLU and
 * max pooling for the paper's scaled tanh and trainable averages, and every map of C3 sees every
 * map of S2.
 */
final class LeNet5 extends Layer {

  private static final MaxPool2dOp POOL = new MaxPool2dOp(Window2d.of(2).stride(2));

  private final Conv2d conv1;
  private final Conv2d conv2 = child("conv2", new Conv2d(6, 16, Window2d.of(5)));
  private final Linear fc1 = child("fc1", new Linear(400, 120));
  private final Linear fc2 = child("fc2", new Linear(120, 84));
  private final Linear fc3;

  LeNet5(Shape input, int classes) {
    int padding = padding(input);
    conv1 = child("conv1", new Conv2d(input.dim(0), 6, Window2d.of(5).padding(padding)));
    fc3 = child("fc3", new Linear(84, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        new ModelDescription(
            "lenet5",
            "LeNet-5",
            1998,
            "LeCun, Bottou, Bengio and Haffner, Gradient-based learning applied to document"
                + " recognition",
            Shape.of(1, 28, 28),
            10,
            28,
            LeNet5::new));
  }

  private static int padding(Shape input) {
    boolean digits = input.dim(1) == 28 && input.dim(2) == 28;
    boolean padded = input.dim(1) == 32 && input.dim(2) == 32;
    if (!digits && !padded) {
      throw new ConvoyException(
          "lenet5 takes pictures of 28×28 or 32×32, got "
              + input
              + "; resize them or use resnet18");
    }
    return digits ? 2 : 0;
  }

  @Override
  protected Value forward(Value x) {
    Value h = conv1.apply(x).apply(UnaryOp.RELU).apply(POOL);
    h = conv2.apply(h).apply(UnaryOp.RELU).apply(POOL);
    h = fc1.apply(h.apply(ReshapeOp.flatten(h.shape()))).apply(UnaryOp.RELU);
    h = fc2.apply(h).apply(UnaryOp.RELU);
    return fc3.apply(h);
  }
}
