package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTiles.PATCH;

import java.util.Arrays;

/**
 * The bias' gradient, which is the sum of the output's over all pixels: one of the 36 planes holds
 * the sums of whole tiles.
 */
final class WinogradBias {

  private static final int WHOLE_TILES = PATCH + 1;

  private final int rows;
  private final Storage planes;
  private final Storage target;
  private final float[] row;
  private final float[] ofChunk;
  private final float[] total;

  WinogradBias(int rows, int channels, Storage planes, Storage target) {
    this.rows = rows;
    this.planes = planes;
    this.target = target;
    row = new float[channels];
    ofChunk = new float[channels];
    total = new float[channels];
  }

  /** Adds the tiles of a chunk to those before it. */
  void add(boolean first) {
    if (first) {
      Arrays.fill(total, 0);
    }
    Arrays.fill(ofChunk, 0);
    int start = WHOLE_TILES * (int) WinogradTiles.plane(rows, row.length);
    for (int tile = 0; tile < rows; tile++) {
      planes.floats().get(start + tile * row.length, row);
      add(row, ofChunk);
    }
    add(ofChunk, total);
    target.floats().put(0, total);
  }

  private static void add(float[] summand, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += summand[i];
    }
  }
}
