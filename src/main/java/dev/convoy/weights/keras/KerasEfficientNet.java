package dev.convoy.weights.keras;

import java.util.ArrayList;
import java.util.List;

/** EfficientNet-B0: {@code stem_conv}, {@code block1a_dwconv} …, {@code top_conv}. */
final class KerasEfficientNet {

  private static final double EPSILON_ABOVE = 1e-3 - 1e-5;
  private static final int[] DEPTHS = {1, 2, 2, 3, 3, 4, 1};
  private static final String NOTE =
      "Keras pads at the right and below alone where it halves the picture, efficientnet-b0 here at"
          + " all sides: scores differ a little from Keras'";

  private KerasEfficientNet() {}

  static KerasFamily family() {
    List<KerasLayer> layers = new ArrayList<>();
    layers.add(KerasLayer.convolution("stem_conv", "features.0.0"));
    layers.add(KerasLayer.norm("stem_bn", "features.0.1"));
    for (int stage = 0; stage < DEPTHS.length; stage++) {
      for (int i = 0; i < DEPTHS[stage]; i++) {
        String name = "block%d%c_".formatted(stage + 1, 'a' + i);
        addBlock(layers, name, "features.%d.%d.block.".formatted(stage + 1, i), stage > 0);
      }
    }
    layers.add(KerasLayer.convolution("top_conv", "features.8.0"));
    layers.add(KerasLayer.norm("top_bn", "features.8.1"));
    layers.add(KerasLayer.dense("predictions", "classifier.1"));
    return new KerasFamily("efficientnet-b0", layers, EPSILON_ABOVE, KerasInput.TORCH, NOTE);
  }

  /** Only the first stage does not expand its channels. */
  private static void addBlock(List<KerasLayer> layers, String name, String ours, boolean expands) {
    int index = 0;
    if (expands) {
      layers.add(KerasLayer.convolution(name + "expand_conv", ours + "0.0"));
      layers.add(KerasLayer.norm(name + "expand_bn", ours + "0.1"));
      index = 1;
    }
    layers.add(KerasLayer.depthwise(name + "dwconv", ours + index + ".0"));
    layers.add(KerasLayer.norm(name + "bn", ours + index + ".1"));
    layers.add(KerasLayer.convolution(name + "se_reduce", ours + (index + 1) + ".fc1"));
    layers.add(KerasLayer.convolution(name + "se_expand", ours + (index + 1) + ".fc2"));
    layers.add(KerasLayer.convolution(name + "project_conv", ours + (index + 2) + ".0"));
    layers.add(KerasLayer.norm(name + "project_bn", ours + (index + 2) + ".1"));
  }
}
