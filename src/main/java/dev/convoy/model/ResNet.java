package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks for ImageNet (He et al., 2015, table 1), in the form that torchvision ships: in
 * bottlenecks that halve the picture the 3×3 convolution has the stride ("v1.5").
 */
final class ResNet extends Layer {

  private static final MaxPool2dOp POOL = new MaxPool2dOp(Window2d.of(3).stride(2).padding(1));

  private final Conv2d conv1;
  private final BatchNorm2d bn1 = child("bn1", new BatchNorm2d(64));
  private final List<Sequential> stages = new ArrayList<>();
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Linear fc;

  private ResNet(Shape input, int classes, boolean bottleneck, int... blocks) {
    conv1 = child("conv1", convolution(input.dim(0), 64, Window2d.of(7).stride(2).padding(3)));
    int expansion = bottleneck ? ResidualBlock.EXPANSION : 1;
    int channels = 64;
    for (int stage = 0; stage < blocks.length; stage++) {
      int width = 64 << stage;
      List<ResidualBlock> layers = new ArrayList<>();
      for (int block = 0; block < blocks[stage]; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        layers.add(new ResidualBlock(channels, width, stride, bottleneck));
        channels = width * expansion;
      }
      stages.add(child("layer" + (stage + 1), new Sequential(layers)));
    }
    fc = child("fc", new Linear(channels, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        model("resnet18", "ResNet-18", false, 2, 2, 2, 2),
        model("resnet34", "ResNet-34", false, 3, 4, 6, 3),
        model("resnet50", "ResNet-50 v1.5", true, 3, 4, 6, 3),
        model("resnet101", "ResNet-101 v1.5", true, 3, 4, 23, 3),
        model("resnet152", "ResNet-152 v1.5", true, 3, 8, 36, 3));
  }

  private static ModelDescription model(
      String name, String title, boolean bottleneck, int... blocks) {
    return ModelDescription.imageNet(
        name,
        title,
        2015,
        "He, Zhang, Ren and Sun, Deep residual learning for image recognition",
        224,
        1,
        (input, classes) -> new ResNet(input, classes, bottleneck, blocks));
  }

  /** Without bias, because batch normalisation follows. */
  static Conv2d convolution(int channels, int filters, Window2d window) {
    return new Conv2d(channels, filters, window, 1, false, Initializers.heNormalFanOut());
  }

  @Override
  protected Value forward(Value x) {
    Value h = bn1.apply(conv1.apply(x)).apply(UnaryOp.RELU).apply(POOL);
    for (Sequential stage : stages) {
      h = stage.apply(h);
    }
    h = averagePool.apply(h);
    return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }
}
