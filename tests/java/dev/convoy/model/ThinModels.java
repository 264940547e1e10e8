package dev.convoy.model;

import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;

/**
 * The zoo at sizes that a test can run: small pictures, and where most parameters are in two fully
 * connected layers, these with 256 units instead of 4096.
 */
final class ThinModels {

  private static final int HIDDEN = 256;

  private ThinModels() {}

  /**
   * Small, but such that the last maps are 2×2 or more: the statistics of two single numbers would
   * magnify rounding without bound.
   */
  static Shape picture(ModelDescription model) {
    int size =
        switch (model.name()) {
          case "lenet5" -> 28;
          case "inception-v3" -> 299;
          case "inception-v3-no-aux" -> 107;
          case "googlenet", "googlenet-no-aux" -> 47;
          case "densenet121", "densenet169", "densenet201" -> 64;
          case "efficientnet-b0", "efficientnet-b2" -> 64;
          case "xception" -> 40;
          default -> Math.max(model.smallest(), model.input().dim(1) == 32 ? 16 : 33);
        };
    return Shape.of(3, size, size);
  }

  /** For batches that are large enough by themselves. */
  static Shape smallestPicture(ModelDescription model) {
    int size = model.name().equals("inception-v3") ? 299 : Math.max(model.smallest(), 16);
    return Shape.of(3, size, size);
  }

  static Layer build(ModelDescription model, Shape picture, int classes) {
    return switch (model.name()) {
      case "alexnet" -> AlexNet.oneColumn(picture, classes, HIDDEN);
      case "alexnet-2012" -> AlexNet.twoGroups(picture, classes, HIDDEN);
      case "zfnet" -> ZfNet.build(picture, classes, HIDDEN);
      default ->
          model.name().startsWith("vgg")
              ? Vgg.build(picture, classes, HIDDEN, extra(model.name()), depths(model.name()))
              : model.build(picture, classes);
    };
  }

  private static Vgg.Extra extra(String name) {
    return switch (name.substring("vgg11".length())) {
      case "-bn" -> Vgg.Extra.BATCH_NORM;
      case "-lrn" -> Vgg.Extra.LOCAL_RESPONSE_NORM;
      case "-c" -> Vgg.Extra.ONE_BY_ONE;
      case "-c-bn" -> Vgg.Extra.ONE_BY_ONE_AND_BATCH_NORM;
      default -> Vgg.Extra.NONE;
    };
  }

  private static int[] depths(String name) {
    return switch (name.substring(0, "vgg11".length())) {
      case "vgg11" -> new int[] {1, 1, 2, 2, 2};
      case "vgg13" -> new int[] {2, 2, 2, 2, 2};
      case "vgg16" -> new int[] {2, 2, 3, 3, 3};
      default -> new int[] {2, 2, 4, 4, 4};
    };
  }
}
