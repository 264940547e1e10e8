package dev.convoy.backend.onednn;

import java.nio.IntBuffer;
import java.util.Arrays;

/**
 * What the kernels that follow indices share: where the rows of a block of channels begin in the
 * pooled map and its plane in the whole, and the places that the indices of a row name. Each part
 * of a loop has its own arrays.
 *
 * <p>Planes may be cut into bands, one for each row of the pooled map, where no index leaves its
 * band: what a thread writes to then stays in the nearest cache. A band is a picture of its own.
 */
final class PooledBlocks {

  final Pictures pooled;
  final Pictures whole;
  final PlaneBlocks blocks;

  private final int bands;
  private final Storage indices;

  /** The channel of every element of a row, of a whole block and of a picture's last. */
  private final int[] channels;

  private final int[] lastChannels;
  private final int[][] read = new int[ThreadTeam.SIZE][];

  private PooledBlocks(Pictures pooled, Pictures whole, int bands, Storage indices) {
    this.pooled = bands(pooled, bands);
    this.whole = bands(whole, bands);
    this.blocks = PlaneBlocks.of(this.whole);
    this.bands = bands;
    this.indices = indices;
    this.channels = channels(mostInRow(), blocks.block());
    this.lastChannels = channels(mostInRow(), blocks.width(blocks.perPicture() - 1));
    for (int part = 0; part < ThreadTeam.SIZE; part++) {
      read[part] = new int[mostInRow()];
    }
  }

  static PooledBlocks ofPlanes(Pictures pooled, Pictures whole, Storage indices) {
    return new PooledBlocks(pooled, whole, 1, indices);
  }

  /** Where the pooled map's height does not divide the whole's there is one band, the plane. */
  static PooledBlocks ofBands(Pictures pooled, Pictures whole, Storage indices) {
    boolean divides = whole.height() % pooled.height() == 0;
    return new PooledBlocks(pooled, whole, divides ? pooled.height() : 1, indices);
  }

  private static Pictures bands(Pictures pictures, int bands) {
    return new Pictures(
        pictures.count() * bands, pictures.height() / bands, pictures.width(), pictures.channels());
  }

  private static int[] channels(int length, int width) {
    int[] channels = new int[length];
    Arrays.setAll(channels, i -> i % width);
    return channels;
  }

  /** Elements of a pooled row of the widest block. */
  int mostInRow() {
    return pooled.width() * blocks.block();
  }

  /** Elements of a plane of the widest block. */
  int mostInPlane() {
    return whole.pixels() * blocks.block();
  }

  /** Offset of the block's first element of a row, in a value of the pooled shape. */
  int rowStart(int unit, int row) {
    return (blocks.picture(unit) * pooled.height() + row) * pooled.rowLength()
        + blocks.firstChannel(unit);
  }

  /** Offset of the block's first element in a value of the whole shape. */
  int planeStart(int unit) {
    return blocks.picture(unit) * whole.length() + blocks.firstChannel(unit);
  }

  /**
   * The places in the block's plane that the indices of a row of it name. In a loop of its own that
   * the compiler vectorises: what follows the places is twice as fast then.
   */
  int[] places(int part, int unit, int row) {
    int[] into = read[part];
    int width = blocks.width(unit);
    read(rowStart(unit, row), width, into);
    int[] channel = width == blocks.block() ? channels : lastChannels;
    int first = blocks.picture(unit) % bands * whole.pixels();
    for (int i = 0; i < into.length; i++) {
      into[i] = (into[i] - first) * width + channel[i];
    }
    return into;
  }

  private void read(int start, int width, int[] into) {
    IntBuffer from = indices.ints();
    if (width == pooled.channels()) {
      from.get(start, into, 0, pooled.width() * width);
      return;
    }
    for (int pixel = 0; pixel < pooled.width(); pixel++) {
      from.get(start + pixel * pooled.channels(), into, pixel * width, width);
    }
  }
}
