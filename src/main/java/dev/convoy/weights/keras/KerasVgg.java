package dev.convoy.weights.keras;

import java.util.ArrayList;
import java.util.List;

/** VGG-16 and VGG-19: {@code block1_conv1} … and {@code fc1}, {@code fc2}, {@code predictions}. */
final class KerasVgg {

  private static final int POOLED = 7 * 7;

  private KerasVgg() {}

  static List<KerasFamily> families() {
    return List.of(family("vgg16", 2, 2, 3, 3, 3), family("vgg19", 2, 2, 4, 4, 4));
  }

  private static KerasFamily family(String model, int... depths) {
    List<KerasLayer> layers = new ArrayList<>();
    int index = 0;
    for (int block = 0; block < depths.length; block++) {
      for (int i = 0; i < depths[block]; i++) {
        layers.add(
            KerasLayer.convolution(
                "block%d_conv%d".formatted(block + 1, i + 1), "features." + index));
        index += 2; // a ReLU follows
      }
      index++; // and pooling
    }
    layers.add(KerasLayer.dense("fc1", "classifier.0", POOLED));
    layers.add(KerasLayer.dense("fc2", "classifier.3"));
    layers.add(KerasLayer.dense("predictions", "classifier.6"));
    return new KerasFamily(model, layers, 0, KerasInput.CAFFE, "");
  }
}
