package dev.convoy.backend.onednn;

import dev.convoy.op.Padding2d;
import dev.convoy.tensor.Shape;
import org.bytedeco.javacpp.LongPointer;

/**
 * How the outputs of pictures are cut into tiles of 4×4, numbered through all pictures. A chunk of
 * them is brought into planes at once, as many as stay near the processor.
 *
 * @param pictures of the batch
 * @param down tiles of a picture above each other
 * @param across tiles of a picture side by side
 * @param chunk tiles in a chunk, which are the rows of each of the 36 matrices
 */
record WinogradTiles(int pictures, int down, int across, int chunk) {

  /** Outputs of a tile along an axis. */
  static final int TILE = 4;

  /** Inputs of a tile along an axis. */
  static final int PATCH = 6;

  /** Taps of a filter along an axis. */
  static final int TAPS = 3;

  static final int PLANES = PATCH * PATCH;

  private static final long PAGE = 4096 / Float.BYTES;
  private static final long LINE = 64 / Float.BYTES;

  /** Bytes that the planes of one chunk may take. */
  private static final long CHUNK_BYTES = 8 << 20;

  /**
   * @param output N×F×OH×OW
   * @param channels of the input
   */
  static WinogradTiles of(Shape output, int channels) {
    int down = ceil(output.dim(2), TILE);
    int across = ceil(output.dim(3), TILE);
    int all = output.dim(0) * down * across;
    long bytes = (long) PLANES * (channels + output.dim(1)) * Float.BYTES;
    int chunks = (int) Math.min(all, ceil(all * bytes, CHUNK_BYTES));
    return new WinogradTiles(output.dim(0), down, across, ceil(all, chunks));
  }

  /** Tiles of all pictures. */
  int count() {
    return pictures * down * across;
  }

  /**
   * The tiles in pictures, as {@code native/winograd.h} reads them.
   *
   * @param shape N×C×H×W
   * @param padding zeros around the pictures
   */
  LongPointer in(Shape shape, Padding2d padding) {
    return new LongPointer(
        pictures,
        shape.dim(2),
        shape.dim(3),
        shape.dim(1),
        down,
        across,
        chunk,
        plane(chunk, shape.dim(1)),
        padding.top(),
        padding.left());
  }

  /**
   * Elements from one of the 36 matrices to the next: not a multiple of a page, or all 36 elements
   * of a tile would compete for the same few lines of the cache.
   */
  static long plane(int rows, int columns) {
    return ceil((long) rows * columns, PAGE) * PAGE + LINE;
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }
}
