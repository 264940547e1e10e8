package dev.convoy.data;

import dev.convoy.tensor.Shape;
import java.util.List;
import java.util.Objects;

/** The first pictures of a data set, for quick trials. */
public record FirstPictures(Dataset whole, int size) implements Dataset {

  /**
   * Keeps the first pictures of both parts.
   *
   * @param count at most so many of each; 0 for all
   */
  public static DataSplit of(DataSplit split, int count) {
    return count == 0
        ? split
        : new DataSplit(
            of(split.train(), count), of(split.validation(), count), split.normalization());
  }

  private static Dataset of(Dataset whole, int count) {
    return count >= whole.size() ? whole : new FirstPictures(whole, count);
  }

  @Override
  public String name() {
    return "first " + size + " of " + whole.name();
  }

  @Override
  public Shape pictureShape() {
    return whole.pictureShape();
  }

  @Override
  public List<String> classNames() {
    return whole.classNames();
  }

  @Override
  public int label(int index) {
    return whole.label(Objects.checkIndex(index, size));
  }

  @Override
  public void read(int index, byte[] pixels) {
    whole.read(Objects.checkIndex(index, size), pixels);
  }
}
