package dev.convoy.data;

import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * Labelled pictures of one size, by index. Implementations are safe for use by several threads.
 *
 * <p>Methods that take an index throw {@link IndexOutOfBoundsException} unless 0 ≤ index < {@link
 * #size}.
 */
public interface Dataset {

  /** For people: appears in messages and reports. */
  String name();

  /** Number of pictures, at least 1. */
  int size();

  /** C×H×W of every picture. */
  Shape pictureShape();

  /** One name for each label 0, 1, …. */
  List<String> classNames();

  default int classes() {
    return classNames().size();
  }

  /** Label of a picture, 0 ≤ label < {@link #classes}. */
  int label(int index);

  /**
   * Copies a picture's bytes, C×H×W with values 0 to 255.
   *
   * @param pixels receives the bytes from its start; at least as long as {@link #pictureShape}
   *     counts
   * @throws dev.convoy.ConvoyException if the picture cannot be read
   */
  void read(int index, byte[] pixels);
}
