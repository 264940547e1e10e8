package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTransform.PATCH;
import static dev.convoy.backend.onednn.WinogradTransform.TILE;

import dev.convoy.op.Padding2d;
import dev.convoy.tensor.Shape;

/**
 * How pictures are cut into tiles of 4×4 outputs. Tiles side by side form a strip, which one thread
 * handles at a time. Strips of all pictures are numbered through; a chunk of them is brought into
 * planes at once, as many as stay near the processor.
 *
 * @param pictures pictures of the batch
 * @param padding zeros around the input
 * @param across tiles in a strip
 * @param strips strips side by side
 * @param down strips above each other
 * @param chunk strips in a chunk
 */
record WinogradTiles(int pictures, Padding2d padding, int across, int strips, int down, int chunk) {

  /** Bytes that the planes of one chunk may take. */
  private static final long CHUNK_BYTES = 16 << 20;

  private static final int MOST_ACROSS = 16;

  /**
   * @param output N×F×OH×OW
   * @param channels of the input
   */
  static WinogradTiles of(Shape output, int channels, Padding2d padding) {
    int tiles = ceil(output.dim(3), TILE);
    int strips = ceil(tiles, MOST_ACROSS);
    int across = ceil(tiles, strips);
    int down = ceil(output.dim(2), TILE);
    int all = output.dim(0) * down * strips;
    long bytes = (long) PATCH * PATCH * across * (channels + output.dim(1)) * Float.BYTES;
    int chunks = (int) ceil(all * bytes, CHUNK_BYTES);
    return new WinogradTiles(
        output.dim(0), padding, across, strips, down, ceil(all, Math.min(all, chunks)));
  }

  private static int ceil(int a, int b) {
    return (a + b - 1) / b;
  }

  private static long ceil(long a, long b) {
    return (a + b - 1) / b;
  }

  /** Strips of all pictures. */
  int count() {
    return pictures * down * strips;
  }

  /** Tiles in a chunk, which are the rows of each of the 36 matrices. */
  int rows() {
    return chunk * across;
  }

  /** The picture that a strip belongs to; beyond the last for strips that fill the last chunk. */
  int picture(int strip) {
    return strip / (down * strips);
  }

  /** The first output row of a strip. */
  int top(int strip) {
    return strip / strips % down * TILE;
  }

  /** The first output column of a strip. */
  int left(int strip) {
    return strip % strips * across * TILE;
  }
}
