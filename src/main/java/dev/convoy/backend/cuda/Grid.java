package dev.convoy.backend.cuda;

import dev.convoy.tensor.Shape;

/**
 * How many blocks of how many threads. All kernels loop over what their grid does not cover, so a
 * grid only has to fill the device: at 256 threads a block, 32,768 blocks are several waves on any
 * of them.
 */
record Grid(Extent blocks, Extent threads) {

  static final int THREADS = 256;
  private static final int MAX_BLOCKS = 1 << 15;

  /** Threads in a row, one a unit of work. */
  static Grid flat(long units) {
    long blocks = (units + THREADS - 1) / THREADS;
    return new Grid(Extent.of((int) Math.max(1, Math.min(MAX_BLOCKS, blocks))), Extent.of(THREADS));
  }

  /** Threads in a row, one for eight elements. */
  static Grid octets(long elements) {
    return flat((elements + 7) / 8);
  }

  /** Threads x over the eights of channels of a row of pixels, y over the rows (n, h). */
  static Grid picture(Shape shape) {
    int units = shape.dim(3) * ((shape.dim(1) + 7) / 8);
    int rows = shape.dim(0) * shape.dim(2);
    int x = 32;
    while (x < units && x < THREADS) {
      x *= 2;
    }
    int y = THREADS / x;
    return new Grid(
        Extent.of(ceilDivide(units, x), Math.min(Extent.MAX_Y, ceilDivide(rows, y))),
        Extent.of(x, y));
  }

  static int ceilDivide(long a, long b) {
    return Math.toIntExact((a + b - 1) / b);
  }
}
