package dev.convoy.backend.onednn;

import java.nio.IntBuffer;

/**
 * What the kernels that follow indices share: the pooled maps row by row, in blocks of channels,
 * and the places in the whole planes that their indices name. Each part of a loop has its own.
 */
final class PooledBlocks {

  final Pictures pooled;
  final Pictures whole;
  final PlaneBlocks blocks;

  private final Storage indices;
  private final int[][] read = new int[ThreadTeam.SIZE][];
  private final int[][] places = new int[ThreadTeam.SIZE][];
  private final float[][] values = new float[ThreadTeam.SIZE][];

  PooledBlocks(Pictures pooled, Pictures whole, Storage indices) {
    this.pooled = pooled;
    this.whole = whole;
    this.blocks = PlaneBlocks.of(whole);
    this.indices = indices;
    int row = pooled.width() * blocks.block();
    for (int part = 0; part < ThreadTeam.SIZE; part++) {
      read[part] = new int[row];
      places[part] = new int[row];
      values[part] = new float[row];
    }
  }

  /** Elements of a row of this block. */
  int rowLength(int unit) {
    return pooled.width() * blocks.width(unit);
  }

  float[] values(int part) {
    return values[part];
  }

  /** Offsets of a row's elements within the value that was pooled. */
  int[] offsets(int part, int unit, int row) {
    int base = blocks.picture(unit) * whole.length() + blocks.firstChannel(unit);
    return places(part, unit, row, whole.channels(), base);
  }

  /** Offsets of a row's elements within the block's own plane: index·width + channel. */
  int[] places(int part, int unit, int row) {
    return places(part, unit, row, blocks.width(unit), 0);
  }

  private int[] places(int part, int unit, int row, int stride, int base) {
    int[] index = read[part];
    int[] place = places[part];
    int width = blocks.width(unit);
    IntBuffer source = indices.ints();
    int from = rowStart(unit, row);
    if (width == pooled.channels()) {
      source.get(from, index, 0, rowLength(unit));
    } else {
      for (int pixel = 0; pixel < pooled.width(); pixel++) {
        source.get(from + pixel * pooled.channels(), index, pixel * width, width);
      }
    }
    for (int pixel = 0; pixel < pooled.width(); pixel++) {
      int first = pixel * width;
      for (int c = 0; c < width; c++) {
        place[first + c] = index[first + c] * stride + base + c;
      }
    }
    return place;
  }

  /** Reads a row of a value of the pooled shape. */
  float[] read(FloatRows source, int part, int unit, int row) {
    float[] into = values[part];
    int width = blocks.width(unit);
    int from = rowStart(unit, row);
    if (width == pooled.channels()) {
      source.read(from, into, rowLength(unit));
    } else {
      for (int pixel = 0; pixel < pooled.width(); pixel++) {
        source.read(from + pixel * pooled.channels(), into, pixel * width, width);
      }
    }
    return into;
  }

  /** Writes {@link #values} as a row of a value of the pooled shape. */
  void write(FloatRows target, int part, int unit, int row) {
    float[] from = values[part];
    int width = blocks.width(unit);
    int to = rowStart(unit, row);
    if (width == pooled.channels()) {
      target.write(to, from, rowLength(unit));
    } else {
      for (int pixel = 0; pixel < pooled.width(); pixel++) {
        target.write(to + pixel * pooled.channels(), from, pixel * width, width);
      }
    }
  }

  private int rowStart(int unit, int row) {
    return (blocks.picture(unit) * pooled.height() + row) * pooled.rowLength()
        + blocks.firstChannel(unit);
  }
}
