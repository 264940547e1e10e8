package dev.convoy.weights.keras;

import dev.convoy.data.Normalization;

/** The three ways in which {@code keras.applications} scales pictures. */
enum KerasInput {
  /** Bytes less the mean of ImageNet, blue first. */
  CAFFE(true),
  /** From −1 to 1. */
  TENSORFLOW(false),
  /** As torchvision. */
  TORCH(false);

  private static final float[] CAFFE_MEAN = {123.68f / 255, 116.779f / 255, 103.939f / 255};
  private static final float BYTE = 1 / 255f;

  private final boolean blueFirst;

  KerasInput(boolean blueFirst) {
    this.blueFirst = blueFirst;
  }

  /** Whether the first kernel sees blue, green, red. */
  boolean blueFirst() {
    return blueFirst;
  }

  /** The same scaling for red, green, blue. */
  Normalization normalization() {
    return switch (this) {
      case CAFFE -> new Normalization(CAFFE_MEAN, new float[] {BYTE, BYTE, BYTE});
      case TENSORFLOW ->
          new Normalization(new float[] {0.5f, 0.5f, 0.5f}, new float[] {0.5f, 0.5f, 0.5f});
      case TORCH -> Normalization.IMAGENET;
    };
  }
}
