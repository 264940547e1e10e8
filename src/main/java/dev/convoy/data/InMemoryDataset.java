package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.util.List;
import java.util.Objects;

/** A data set small enough to keep decoded: all pictures in one array, N×C×H×W. */
public final class InMemoryDataset implements Dataset {

  private final String name;
  private final Shape pictureShape;
  private final List<String> classNames;
  private final byte[] pixels;
  private final byte[] labels;

  /**
   * Keeps the arrays without a copy.
   *
   * @param pixels N×C×H×W, values 0 to 255
   * @param labels N labels, each below the number of class names
   * @throws ConvoyException if there is no picture, the lengths disagree or a label has no class
   */
  public InMemoryDataset(
      String name, Shape pictureShape, List<String> classNames, byte[] pixels, byte[] labels) {
    this.name = name;
    this.pictureShape = pictureShape;
    this.classNames = List.copyOf(classNames);
    this.pixels = pixels;
    this.labels = labels;
    if (labels.length == 0) {
      throw new ConvoyException(name + ": holds no pictures; at least 1 is needed");
    }
    long expected = (long) labels.length * pictureShape.count();
    if (pixels.length != expected) {
      throw new ConvoyException(
          "%s: %d labels with pictures of %s need %d bytes of pixels, got %d"
              .formatted(name, labels.length, pictureShape, expected, pixels.length));
    }
    requireLabels();
  }

  private void requireLabels() {
    for (int i = 0; i < labels.length; i++) {
      int label = labels[i] & 0xff;
      if (label >= classNames.size()) {
        throw new ConvoyException(
            "%s: label %d at position %d is outside 0 to %d"
                .formatted(name, label, i, classNames.size() - 1));
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public Shape pictureShape() {
    return pictureShape;
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public int label(int index) {
    return labels[Objects.checkIndex(index, labels.length)] & 0xff;
  }

  @Override
  public void read(int index, byte[] into) {
    int count = pictureShape.count();
    System.arraycopy(pixels, Objects.checkIndex(index, labels.length) * count, into, 0, count);
  }
}
