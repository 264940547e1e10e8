package dev.convoy.train;

import dev.convoy.data.DataSplit;
import dev.convoy.data.Dataset;
import dev.convoy.data.InMemoryDataset;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.Shape;
import java.util.List;
import java.util.Random;

/** Pictures of 1×4×4 that are bright in one of four quarters: easy to learn. */
final class Blobs {

  static final Shape PICTURE = Shape.of(1, 4, 4);
  static final int CLASSES = 4;

  private Blobs() {}

  static DataSplit split(int train, int validation) {
    return new DataSplit(
        dataset("blobs train", train, 1),
        dataset("blobs validation", validation, 2),
        new Normalization(new float[] {0.5f}, new float[] {0.5f}));
  }

  private static Dataset dataset(String name, int size, long seed) {
    Random random = new Random(seed);
    byte[] pixels = new byte[size * PICTURE.count()];
    byte[] labels = new byte[size];
    for (int i = 0; i < size; i++) {
      labels[i] = (byte) random.nextInt(CLASSES);
      for (int p = 0; p < PICTURE.count(); p++) {
        int quarter = p / 8 * 2 + p % 4 / 2;
        int light = quarter == labels[i] ? 150 : 60;
        pixels[i * PICTURE.count() + p] = (byte) (light + random.nextInt(100));
      }
    }
    return new InMemoryDataset(name, PICTURE, List.of("a", "b", "c", "d"), pixels, labels);
  }
}
