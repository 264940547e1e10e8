package dev.convoy.model;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.model.Branches.Step;
import dev.convoy.nn.AveragePool2d;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Inception V3 (Szegedy et al., 2015) as torchvision ships it: modules of factorised convolutions,
 * and an auxiliary classifier on the last 17×17 maps, whose loss counts 0.4 in training.
 */
final class InceptionV3 extends Layer {

  private static final double AUXILIARY_WEIGHT = 0.4;
  private static final double DEVIATION = 0.1;
  private static final int FEATURES = 2048;
  private static final String PAPER =
      "Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, Rethinking the Inception architecture for"
          + " computer vision";
  private static final Window2d POINT = Window2d.of(1);
  private static final Window2d THREE = Window2d.of(3).padding(1);
  private static final Window2d THREE_INSIDE = Window2d.of(3);
  private static final Window2d HALVING = Window2d.of(3).stride(2);
  private static final Window2d ROW = window(1, 7);
  private static final Window2d COLUMN = window(7, 1);

  private final List<Layer> trunk = new ArrayList<>();
  private final int afterLastWide;
  private final @Nullable Layer auxiliary;
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Dropout dropout = child("dropout", new Dropout(0.5));
  private final Linear fc;

  InceptionV3(Shape input, int classes, boolean withAuxiliary) {
    stem(input.dim(0));
    add("Mixed_5b", moduleA(192, 32));
    add("Mixed_5c", moduleA(256, 64));
    add("Mixed_5d", moduleA(288, 64));
    add("Mixed_6a", reductionB(288));
    add("Mixed_6b", moduleC(128));
    add("Mixed_6c", moduleC(160));
    add("Mixed_6d", moduleC(160));
    add("Mixed_6e", moduleC(192));
    afterLastWide = trunk.size();
    add("Mixed_7a", reductionD());
    add("Mixed_7b", moduleE(1280));
    add("Mixed_7c", moduleE(2048));
    auxiliary =
        withAuxiliary ? trainingChild("AuxLogits", new InceptionV3Auxiliary(classes)) : null;
    fc = child("fc", new Linear(FEATURES, classes, Initializers.normal(DEVIATION)));
  }

  static List<ModelDescription> models() {
    return List.of(
        model("inception-v3", "Inception V3", true),
        model("inception-v3-no-aux", "Inception V3, one classifier", false));
  }

  private static ModelDescription model(String name, String title, boolean withAuxiliary) {
    return ModelDescription.imageNet(
        name,
        title,
        2015,
        PAPER,
        299,
        75,
        (input, classes) -> new InceptionV3(input, classes, withAuxiliary));
  }

  private void stem(int colours) {
    add("Conv2d_1a_3x3", unit(colours, 32, HALVING));
    add("Conv2d_2a_3x3", unit(32, 32, THREE_INSIDE));
    add("Conv2d_2b_3x3", unit(32, 64, THREE));
    add("maxpool1", new MaxPool2d(HALVING));
    add("Conv2d_3b_1x1", unit(64, 80, POINT));
    add("Conv2d_4a_3x3", unit(80, 192, THREE_INSIDE));
    add("maxpool2", new MaxPool2d(HALVING));
  }

  /** 1×1; 5×5; two 3×3; pooling: 224 channels and those of the pooling branch. */
  private static Branches moduleA(int channels, int pooled) {
    return new Branches()
        .chain(step("branch1x1", channels, 64, POINT))
        .chain(
            step("branch5x5_1", channels, 48, POINT),
            step("branch5x5_2", 48, 64, Window2d.of(5).padding(2)))
        .chain(
            step("branch3x3dbl_1", channels, 64, POINT),
            step("branch3x3dbl_2", 64, 96, THREE),
            step("branch3x3dbl_3", 96, 96, THREE))
        .chain(averages(), step("branch_pool", channels, pooled, POINT));
  }

  /** Halves the picture: 480 channels more. */
  private static Branches reductionB(int channels) {
    return new Branches()
        .chain(step("branch3x3", channels, 384, HALVING))
        .chain(
            step("branch3x3dbl_1", channels, 64, POINT),
            step("branch3x3dbl_2", 64, 96, THREE),
            step("branch3x3dbl_3", 96, 96, HALVING))
        .chain(maxima());
  }

  /** 7×7 convolutions as rows and columns: 768 channels. */
  private static Branches moduleC(int width) {
    int channels = 768;
    return new Branches()
        .chain(step("branch1x1", channels, 192, POINT))
        .chain(
            step("branch7x7_1", channels, width, POINT),
            step("branch7x7_2", width, width, ROW),
            step("branch7x7_3", width, 192, COLUMN))
        .chain(
            step("branch7x7dbl_1", channels, width, POINT),
            step("branch7x7dbl_2", width, width, COLUMN),
            step("branch7x7dbl_3", width, width, ROW),
            step("branch7x7dbl_4", width, width, COLUMN),
            step("branch7x7dbl_5", width, 192, ROW))
        .chain(averages(), step("branch_pool", channels, 192, POINT));
  }

  /** Halves the picture: from 768 channels to 1280. */
  private static Branches reductionD() {
    int channels = 768;
    return new Branches()
        .chain(step("branch3x3_1", channels, 192, POINT), step("branch3x3_2", 192, 320, HALVING))
        .chain(
            step("branch7x7x3_1", channels, 192, POINT),
            step("branch7x7x3_2", 192, 192, ROW),
            step("branch7x7x3_3", 192, 192, COLUMN),
            step("branch7x7x3_4", 192, 192, HALVING))
        .chain(maxima());
  }

  /** 3×3 convolutions as a row beside a column: 2048 channels. */
  private static Branches moduleE(int channels) {
    return new Branches()
        .chain(step("branch1x1", channels, 320, POINT))
        .split(
            List.of(step("branch3x3_1", channels, 384, POINT)),
            List.of(
                step("branch3x3_2a", 384, 384, window(1, 3)),
                step("branch3x3_2b", 384, 384, window(3, 1))))
        .split(
            List.of(
                step("branch3x3dbl_1", channels, 448, POINT),
                step("branch3x3dbl_2", 448, 384, THREE)),
            List.of(
                step("branch3x3dbl_3a", 384, 384, window(1, 3)),
                step("branch3x3dbl_3b", 384, 384, window(3, 1))))
        .chain(averages(), step("branch_pool", channels, 192, POINT));
  }

  /** Padded so that the extent stays. */
  private static Window2d window(int height, int width) {
    return Window2d.of(height, width).padding(Padding2d.symmetric(height / 2, width / 2));
  }

  private static Step step(String name, int channels, int filters, Window2d window) {
    return new Step(name, unit(channels, filters, window));
  }

  private static Step averages() {
    return new Step("pool", new AveragePool2d(THREE, true));
  }

  private static Step maxima() {
    return new Step("pool", new MaxPool2d(HALVING));
  }

  private static ConvUnit unit(int channels, int filters, Window2d window) {
    return ConvUnit.normalized(channels, filters, window, Initializers.normal(DEVIATION));
  }

  private void add(String name, Layer layer) {
    trunk.add(child(name, layer));
  }

  @Override
  protected Value forward(Value x) {
    Value h = x;
    GraphBuilder builder = GraphBuilder.of(x);
    for (int i = 0; i < trunk.size(); i++) {
      h = trunk.get(i).apply(h);
      if (i + 1 == afterLastWide && auxiliary != null && builder.training()) {
        builder.auxiliary(auxiliary.apply(h), AUXILIARY_WEIGHT);
      }
    }
    h = dropout.apply(averagePool.apply(h));
    return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }
}
