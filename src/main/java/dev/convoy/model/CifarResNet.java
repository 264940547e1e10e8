package dev.convoy.model;

import dev.convoy.nn.BatchNorm2d;
import dev.convoy.nn.Conv2d;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.Sequential;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Residual networks for CIFAR (He et al., 2015, section 4.2) and the plain networks beside them:
 * 6n+2 layers in three stages of 16, 32 and 64 filters. Further members replace the shortcut or the
 * order of activation (He et al., Identity mappings in deep residual networks, 2016).
 *
 * <p>Shortcuts have no parameters: where a stage begins, every other row and column is taken and
 * channels of zeros are added (option A of the paper). Parameter names are those of the
 * reimplementation of Y. Idelbayev, pytorch_resnet_cifar10.
 */
final class CifarResNet extends Layer {

  private static final int[] WIDTHS = {16, 32, 64};
  private static final String RESIDUAL =
      "He, Zhang, Ren and Sun, Deep residual learning for image recognition";
  private static final String IDENTITY =
      "He, Zhang, Ren and Sun, Identity mappings in deep residual networks";

  private final Conv2d conv1;
  private final BatchNorm2d bn1 = child("bn1", new BatchNorm2d(WIDTHS[0]));
  private final List<Sequential> stages = new ArrayList<>();
  private final @Nullable BatchNorm2d bn2;
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Linear linear;

  /**
   * @param depth 6n+2 layers with weights
   * @param preActivation batch normalisation and ReLU before each convolution instead of after it
   */
  CifarResNet(Shape input, int classes, int depth, Shortcut shortcut, boolean preActivation) {
    conv1 =
        child("conv1", CifarBlock.convolution(input.dim(0), WIDTHS[0], Window2d.of(3).padding(1)));
    int channels = WIDTHS[0];
    for (int stage = 0; stage < WIDTHS.length; stage++) {
      List<CifarBlock> blocks = new ArrayList<>();
      for (int block = 0; block < (depth - 2) / 6; block++) {
        int stride = stage > 0 && block == 0 ? 2 : 1;
        boolean first = stage == 0 && block == 0;
        CifarBlock.Order order =
            !preActivation
                ? CifarBlock.Order.POST_ACTIVATION
                : first ? CifarBlock.Order.ALREADY_ACTIVE : CifarBlock.Order.PRE_ACTIVATION;
        blocks.add(new CifarBlock(channels, WIDTHS[stage], stride, shortcut, order));
        channels = WIDTHS[stage];
      }
      stages.add(child("layer" + (stage + 1), new Sequential(blocks)));
    }
    bn2 = preActivation ? child("bn2", new BatchNorm2d(channels)) : null;
    linear = child("linear", new Linear(channels, classes, Initializers.heNormal()));
  }

  static List<ModelDescription> models() {
    List<ModelDescription> models = new ArrayList<>();
    for (int depth : new int[] {20, 32, 44, 56, 110}) {
      models.add(model("plain" + depth, "Plain-" + depth, depth, Shortcut.NONE));
      models.add(model("resnet" + depth, "ResNet-" + depth, depth, Shortcut.IDENTITY));
    }
    for (int depth : new int[] {20, 110}) {
      models.add(study(depth, "half", "0.5x", Shortcut.HALF));
      models.add(study(depth, "exclusive-gate", "exclusive gating", Shortcut.EXCLUSIVE_GATE));
      models.add(study(depth, "shortcut-gate", "shortcut-only gating", Shortcut.SHORTCUT_GATE));
      models.add(study(depth, "conv-shortcut", "1×1 shortcuts", Shortcut.CONVOLUTION));
      models.add(study(depth, "dropout-shortcut", "dropout shortcuts", Shortcut.DROPOUT));
      models.add(
          ModelDescription.cifar(
              "resnet%d-preact".formatted(depth),
              "ResNet-%d, pre-activation".formatted(depth),
              2016,
              IDENTITY,
              1,
              (input, classes) -> new CifarResNet(input, classes, depth, Shortcut.IDENTITY, true)));
    }
    return models;
  }

  private static ModelDescription model(String name, String title, int depth, Shortcut shortcut) {
    return ModelDescription.cifar(
        name,
        title,
        2015,
        RESIDUAL,
        1,
        (input, classes) -> new CifarResNet(input, classes, depth, shortcut, false));
  }

  private static ModelDescription study(int depth, String suffix, String title, Shortcut shortcut) {
    return ModelDescription.cifar(
        "resnet%d-%s".formatted(depth, suffix),
        "ResNet-%d, %s".formatted(depth, title),
        2016,
        IDENTITY,
        1,
        (input, classes) -> new CifarResNet(input, classes, depth, shortcut, false));
  }

  @Override
  protected Value forward(Value x) {
    Value h = bn1.apply(conv1.apply(x)).apply(UnaryOp.RELU);
    for (Sequential stage : stages) {
      h = stage.apply(h);
    }
    if (bn2 != null) {
      h = bn2.apply(h).apply(UnaryOp.RELU);
    }
    h = averagePool.apply(h);
    return linear.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }
}
