package dev.convoy.backend.onednn;

import dev.convoy.backend.ForeignIndexException;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** The i32 indices of max pooling, each a place h·W+w in the plane that was pooled. */
final class PlaneIndices {

  /** Bits of the fraction of 1/W, with which a place is divided by W. */
  private static final int FRACTION = 20;

  private final Node node;
  private final Storage storage;
  private final Shape shape;
  private final Shape whole;
  private final long[] strides;
  private final Pictures pooled;

  /** Extents of the cell of the plane that each pooled element stands for; 0 if there is none. */
  private final int cellHeight;

  private final int cellWidth;

  /** The first column of the cell at every element of a row. */
  private final int[] columns;

  private final int[][] rows;
  private final int[][] signs;
  private final boolean[] left = new boolean[ThreadTeam.SIZE];
  private final ThreadTeam.Part checkPlanes = this::checkPlanes;
  private final ThreadTeam.Part checkCells = this::checkCells;

  /**
   * @param indices row-major N×C×OH×OW or channels last
   * @param whole shape of what was pooled
   */
  PlaneIndices(Node node, Value indices, Storage storage, Layout layout, Shape whole) {
    this.node = node;
    this.storage = storage;
    this.shape = indices.shape();
    this.whole = whole;
    this.strides = layout.strides(shape);
    this.pooled = Pictures.of(shape, layout);
    boolean divides = whole.dim(2) % shape.dim(2) == 0 && whole.dim(3) % shape.dim(3) == 0;
    this.cellHeight = divides ? whole.dim(2) / shape.dim(2) : 0;
    this.cellWidth = divides ? whole.dim(3) / shape.dim(3) : 0;
    this.columns = new int[pooled.rowLength()];
    Arrays.setAll(columns, i -> i / pooled.channels() * cellWidth);
    this.rows = new int[ThreadTeam.SIZE][pooled.rowLength()];
    this.signs = new int[ThreadTeam.SIZE][pooled.rowLength()];
  }

  /**
   * To be called before anything is written.
   *
   * @return whether each index lies in the cell of its own place in the pooled map, as those of
   *     windows that do not overlap do: then no two are the same, and none leaves the rows of its
   *     cell
   * @throws ForeignIndexException that names the first index that is in no plane
   */
  boolean checkWhetherInCells() {
    if (cellHeight > 0 && holds(checkCells)) {
      return true;
    }
    if (!holds(checkPlanes)) {
      ForeignIndexException.check(node, this::at, shape, whole);
    }
    return false;
  }

  private boolean holds(ThreadTeam.Part check) {
    Arrays.fill(left, false);
    ThreadTeam.run(pooled.rows(), pooled.rowLength(), check);
    for (boolean any : left) {
      if (any) {
        return false;
      }
    }
    return true;
  }

  private void checkPlanes(int part, int from, int to) {
    int last = whole.dim(2) * whole.dim(3) - 1;
    for (int row = from; row < to; row++) {
      between(read(part, row), last, signs[part]);
    }
    left[part] = anyNegative(signs[part]);
  }

  private void checkCells(int part, int from, int to) {
    int plane = cellHeight * whole.dim(3);
    for (int row = from; row < to; row++) {
      inCells(read(part, row), row % pooled.height() * plane, signs[part]);
    }
    left[part] = anyNegative(signs[part]);
  }

  private int[] read(int part, int row) {
    int[] read = rows[part];
    storage.ints().get(row * read.length, read, 0, read.length);
    return read;
  }

  /** Negative where an index or its distance to the last place is. */
  private static void between(int[] row, int last, int[] signs) {
    for (int i = 0; i < signs.length; i++) {
      signs[i] |= row[i] | last - row[i];
    }
  }

  /**
   * Negative where a place, u rows and v columns from its cell's first, lies outside. Whatever the
   * quotient u, place = u·W + v, so that nothing outside is taken for inside.
   */
  private void inCells(int[] row, int start, int[] signs) {
    int width = whole.dim(3);
    int reciprocal = (1 << FRACTION) / width + 1;
    int lastRow = cellHeight - 1;
    int lastColumn = cellWidth - 1;
    for (int i = 0; i < signs.length; i++) {
      int place = row[i] - start - columns[i];
      int u = place * reciprocal >> FRACTION;
      int v = place - u * width;
      signs[i] |= u | lastRow - u | v | lastColumn - v;
    }
  }

  /** Clears the signs for the next time. */
  private static boolean anyNegative(int[] signs) {
    int any = 0;
    for (int sign : signs) {
      any |= sign;
    }
    Arrays.fill(signs, 0);
    return any < 0;
  }

  /** The index at a position of the row-major order. */
  private int at(int position) {
    int row = position / shape.dim(3);
    int channel = row / shape.dim(2);
    long offset =
        channel / shape.dim(1) * strides[0]
            + channel % shape.dim(1) * strides[1]
            + row % shape.dim(2) * strides[2]
            + position % shape.dim(3) * strides[3];
    return storage.ints().get((int) offset);
  }
}
