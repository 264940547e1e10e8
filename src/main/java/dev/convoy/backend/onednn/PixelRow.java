package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;

/**
 * A row of pictures as f32 with an array for every pixel, or for every group of a pixel's channels
 * ({@link GroupedRows}): first all pixels of the first group. Loops over such arrays need no
 * offsets.
 */
final class PixelRow {

  private static final int NONE = -1;

  final int groups;

  /** The arrays: {@code groups}·width of them. */
  final float[][] pixels;

  private final GroupedRows source;
  private final float[] row;
  private int number = NONE;

  PixelRow(Storage storage, DType dtype, Pictures pictures) {
    source = GroupedRows.of(storage, dtype, pictures.channels(), pictures.rowLength());
    groups = source.groups();
    row = new float[pictures.rowLength()];
    pixels = new float[groups * pictures.width()][pictures.channels() / groups];
  }

  /** The next row is read even if it has the number of the last. */
  void forget() {
    number = NONE;
  }

  void read(int number) {
    if (this.number == number) {
      return;
    }
    this.number = number;
    source.read(number * row.length, row);
    int at = 0;
    for (float[] pixel : pixels) {
      System.arraycopy(row, at, pixel, 0, pixel.length);
      at += pixel.length;
    }
  }
}
