package dev.convoy.data;

import dev.convoy.tensor.Shape;

/** A {@link Normalization} made ready for pictures of one shape: one table look-up per byte. */
final class PictureNormalizer {

  private final float[][] tables;
  private final int pixelsPerChannel;

  PictureNormalizer(Normalization normalization, Shape pictureShape) {
    tables = new float[pictureShape.dim(0)][];
    for (int c = 0; c < tables.length; c++) {
      tables[c] = normalization.table(c);
    }
    pixelsPerChannel = pictureShape.count() / tables.length;
  }

  void apply(byte[] pixels, float[] values) {
    int i = 0;
    for (float[] table : tables) {
      for (int end = i + pixelsPerChannel; i < end; i++) {
        values[i] = table[pixels[i] & 0xff];
      }
    }
  }
}
