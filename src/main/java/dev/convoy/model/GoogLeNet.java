package dev.convoy.model;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.model.Branches.Step;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.GlobalAveragePool2d;
import dev.convoy.nn.Initializers;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Linear;
import dev.convoy.nn.LocalResponseNorm;
import dev.convoy.nn.MaxPool2d;
import dev.convoy.nn.Sequential;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * GoogLeNet (Szegedy et al., 2014, table 1) with its two auxiliary classifiers, whose losses count
 * 0.3 each in training.
 */
final class GoogLeNet extends Layer {

  private static final double AUXILIARY_WEIGHT = 0.3;
  private static final String PAPER = "Szegedy et al., Going deeper with convolutions";
  private static final int[][] MODULES = {
    // input, 1×1, 3×3 reduce, 3×3, 5×5 reduce, 5×5, pool projection
    {192, 64, 96, 128, 16, 32, 32},
    {256, 128, 128, 192, 32, 96, 64},
    {480, 192, 96, 208, 16, 48, 64},
    {512, 160, 112, 224, 24, 64, 64},
    {512, 128, 128, 256, 24, 64, 64},
    {512, 112, 144, 288, 32, 64, 64},
    {528, 256, 160, 320, 32, 128, 128},
    {832, 256, 160, 320, 32, 128, 128},
    {832, 384, 192, 384, 48, 128, 128}
  };
  private static final String[] NAMES = {"3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"};
  private static final int FEATURES = 1024;

  /** The paper's, or what torchvision ships and trains. */
  enum Form {
    /** Local response normalisation after the stem's convolutions, biases. */
    PAPER,
    /** Batch normalisation after each convolution; 3×3 for 5×5 in the modules. */
    TORCHVISION;

    ConvUnit unit(int channels, int filters, Window2d window) {
      return this == PAPER
          ? ConvUnit.biased(
              channels,
              filters,
              window,
              Initializers.xavierUniform(),
              Initializers.constant(0.2)) // as in Caffe's, so that no unit starts dead
          : ConvUnit.normalized(channels, filters, window, Initializers.normal(0.01));
    }

    Linear linear(int inputs, int outputs) {
      return this == PAPER
          ? new Linear(inputs, outputs, Initializers.xavierUniform(), Initializers.zeros())
          : new Linear(inputs, outputs, Initializers.normal(0.01));
    }
  }

  private final List<Layer> trunk = new ArrayList<>();
  private final @Nullable Layer aux1;
  private final @Nullable Layer aux2;
  private final int afterModule4a;
  private final int afterModule4d;
  private final GlobalAveragePool2d averagePool = child("avgpool", new GlobalAveragePool2d());
  private final Dropout dropout;
  private final Linear fc;

  GoogLeNet(Shape input, int classes, Form form, boolean auxiliary) {
    stem(input.dim(0), form);
    module(form, 0);
    module(form, 1);
    add("maxpool3", pool(3));
    module(form, 2);
    afterModule4a = trunk.size();
    module(form, 3);
    module(form, 4);
    module(form, 5);
    afterModule4d = trunk.size();
    module(form, 6);
    add("maxpool4", pool(form == Form.PAPER ? 3 : 2));
    module(form, 7);
    module(form, 8);
    aux1 = auxiliary ? trainingChild("aux1", new GoogLeNetAuxiliary(512, classes, form)) : null;
    aux2 = auxiliary ? trainingChild("aux2", new GoogLeNetAuxiliary(528, classes, form)) : null;
    dropout = child("dropout", new Dropout(form == Form.PAPER ? 0.4 : 0.2));
    fc = child("fc", form.linear(FEATURES, classes));
  }

  static List<ModelDescription> models() {
    return List.of(
        model("googlenet-2014", "GoogLeNet as published", 47, Form.PAPER, true),
        model("googlenet", "GoogLeNet, batch norm", 31, Form.TORCHVISION, true),
        model(
            "googlenet-no-aux",
            "GoogLeNet, batch norm, one classifier",
            31,
            Form.TORCHVISION,
            false));
  }

  private static ModelDescription model(
      String name, String title, int smallest, Form form, boolean auxiliary) {
    return ModelDescription.imageNet(
        name,
        title,
        2014,
        PAPER,
        224,
        smallest,
        (input, classes) -> new GoogLeNet(input, classes, form, auxiliary));
  }

  private void stem(int colours, Form form) {
    add("conv1", form.unit(colours, 64, Window2d.of(7).stride(2).padding(3)));
    add("maxpool1", pool(3));
    if (form == Form.PAPER) {
      add("norm1", LocalResponseNorm.alexNet());
    }
    add("conv2", form.unit(64, 64, Window2d.of(1)));
    add("conv3", form.unit(64, 192, Window2d.of(3).padding(1)));
    if (form == Form.PAPER) {
      add("norm2", LocalResponseNorm.alexNet());
    }
    add("maxpool2", pool(3));
  }

  private void module(Form form, int index) {
    int[] c = MODULES[index];
    int large = form == Form.PAPER ? 5 : 3;
    Window2d point = Window2d.of(1);
    add(
        "inception" + NAMES[index],
        new Branches()
            .chain(new Step("branch1", form.unit(c[0], c[1], point)))
            .chain(
                new Step(
                    "branch2",
                    new Sequential(
                        form.unit(c[0], c[2], point),
                        form.unit(c[2], c[3], Window2d.of(3).padding(1)))))
            .chain(
                new Step(
                    "branch3",
                    new Sequential(
                        form.unit(c[0], c[4], point),
                        form.unit(c[4], c[5], Window2d.of(large).padding(large / 2)))))
            .chain(
                new Step(
                    "branch4",
                    new Sequential(
                        new MaxPool2d(Window2d.of(3).padding(1)), form.unit(c[0], c[6], point)))));
  }

  private static MaxPool2d pool(int extent) {
    return new MaxPool2d(Window2d.of(extent).stride(2).rounding(Window2d.Rounding.CEIL));
  }

  private void add(String name, Layer layer) {
    trunk.add(child(name, layer));
  }

  @Override
  protected Value forward(Value x) {
    Value h = x;
    for (int i = 0; i < trunk.size(); i++) {
      h = trunk.get(i).apply(h);
      if (i + 1 == afterModule4a) {
        judge(aux1, h);
      } else if (i + 1 == afterModule4d) {
        judge(aux2, h);
      }
    }
    h = averagePool.apply(h);
    return fc.apply(dropout.apply(h.apply(ReshapeOp.flatten(h.shape()))));
  }

  private static void judge(@Nullable Layer classifier, Value h) {
    GraphBuilder builder = GraphBuilder.of(h);
    if (classifier != null && builder.training()) {
      builder.auxiliary(classifier.apply(h), AUXILIARY_WEIGHT);
    }
  }
}
