package dev.convoy.weights.keras;

import java.util.ArrayList;
import java.util.List;

/** DenseNet-121, -169, -201: {@code conv2_block1_0_bn} …, transitions {@code pool2_bn} …. */
final class KerasDenseNet {

  private static final double EPSILON_ABOVE = 1.001e-5 - 1e-5;

  private KerasDenseNet() {}

  static List<KerasFamily> families() {
    return List.of(
        family("densenet121", 6, 12, 24, 16),
        family("densenet169", 6, 12, 32, 32),
        family("densenet201", 6, 12, 48, 32));
  }

  private static KerasFamily family(String model, int... depths) {
    List<KerasLayer> layers = new ArrayList<>();
    layers.add(KerasLayer.convolution("conv1_conv", "features.conv0"));
    layers.add(KerasLayer.norm("conv1_bn", "features.norm0"));
    for (int block = 0; block < depths.length; block++) {
      for (int i = 0; i < depths[block]; i++) {
        String name = "conv%d_block%d_".formatted(block + 2, i + 1);
        String ours = "features.denseblock%d.denselayer%d.".formatted(block + 1, i + 1);
        layers.add(KerasLayer.norm(name + "0_bn", ours + "norm1"));
        layers.add(KerasLayer.convolution(name + "1_conv", ours + "conv1"));
        layers.add(KerasLayer.norm(name + "1_bn", ours + "norm2"));
        layers.add(KerasLayer.convolution(name + "2_conv", ours + "conv2"));
      }
      if (block + 1 < depths.length) {
        String name = "pool%d_".formatted(block + 2);
        String ours = "features.transition%d.".formatted(block + 1);
        layers.add(KerasLayer.norm(name + "bn", ours + "norm"));
        layers.add(KerasLayer.convolution(name + "conv", ours + "conv"));
      }
    }
    layers.add(KerasLayer.norm("bn", "features.norm5"));
    layers.add(KerasLayer.dense("predictions|fc1000", "classifier"));
    return new KerasFamily(model, layers, EPSILON_ABOVE, KerasInput.TORCH, "");
  }
}
