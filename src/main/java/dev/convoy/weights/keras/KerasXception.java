package dev.convoy.weights.keras;

import java.util.ArrayList;
import java.util.List;

/** Xception: {@code block2_sepconv1} …; Keras gives the layers of shortcuts no name. */
final class KerasXception {

  private static final double EPSILON_ABOVE = 1e-3 - 1e-5;
  private static final String NOTE =
      "Keras pads pictures of even size at the right and below alone, xception here at all sides:"
          + " scores differ a little from Keras'";

  private final List<KerasLayer> layers = new ArrayList<>();
  private int shortcuts;

  private KerasXception() {}

  static KerasFamily family() {
    return new KerasFamily(
        "xception", new KerasXception().build(), EPSILON_ABOVE, KerasInput.TENSORFLOW, NOTE);
  }

  private List<KerasLayer> build() {
    layers.add(KerasLayer.convolution("block1_conv1", "conv1"));
    layers.add(KerasLayer.norm("block1_conv1_bn", "bn1"));
    layers.add(KerasLayer.convolution("block1_conv2", "conv2"));
    layers.add(KerasLayer.norm("block1_conv2_bn", "bn2"));
    separable(2, 2, 0);
    shortcut(1);
    for (int block = 3; block <= 4; block++) {
      separable(block, 2, 1);
      shortcut(block - 1);
    }
    for (int block = 5; block <= 12; block++) {
      separable(block, 3, 1);
    }
    separable(13, 2, 1);
    shortcut(12);
    for (int i = 1; i <= 2; i++) {
      layers.add(KerasLayer.separable("block14_sepconv" + i, "conv" + (i + 2)));
      layers.add(KerasLayer.norm("block14_sepconv%d_bn".formatted(i), "bn" + (i + 2)));
    }
    layers.add(KerasLayer.dense("predictions", "fc"));
    return layers;
  }

  /**
   * @param first index of the first of ours: 1 where a ReLU goes before it
   */
  private void separable(int block, int count, int first) {
    for (int i = 0; i < count; i++) {
      String name = "block%d_sepconv%d".formatted(block, i + 1);
      int index = first + 3 * i; // convolution, batch normalisation, ReLU
      String ours = "block%d.rep.".formatted(block - 1);
      layers.add(KerasLayer.separable(name, ours + index));
      layers.add(KerasLayer.norm(name + "_bn", ours + (index + 1)));
    }
  }

  private void shortcut(int block) {
    layers.add(KerasLayer.convolution("conv2d#" + shortcuts, "block%d.skip".formatted(block)));
    layers.add(
        KerasLayer.norm("batch_normalization#" + shortcuts, "block%d.skipbn".formatted(block)));
    shortcuts++;
  }
}
