package dev.convoy.weights.keras;

import java.util.List;

/**
 * ResNet-50 as Keras ships it cannot be ours: recognised, so that it is said why. Only the layers
 * that tell it apart are listed.
 */
final class KerasResNet {

  private static final String NOTE =
      "Keras' ResNet-50 halves the picture in the first 1×1 convolution of a block (v1), resnet50"
          + " here in the 3×3 (v1.5): its weights would give wrong answers; take torchvision's:"
          + " --weights resnet50";

  private KerasResNet() {}

  static KerasFamily family() {
    return new KerasFamily(
        "",
        List.of(
            KerasLayer.convolution("conv1_conv|conv1", ""),
            KerasLayer.convolution("conv2_block1_1_conv|res2a_branch2a", ""),
            KerasLayer.convolution("conv2_block1_3_conv|res2a_branch2c", ""),
            KerasLayer.convolution("conv5_block3_3_conv|res5c_branch2c", "")),
        0,
        KerasInput.CAFFE,
        NOTE);
  }
}
