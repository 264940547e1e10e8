package dev.convoy.backend.onednn;

import dev.convoy.backend.ForeignIndexException;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.nio.IntBuffer;
import java.util.Arrays;

/** The i32 indices of max pooling, each a place h·W+w in the plane that was pooled. */
final class PlaneIndices {

  private static final int CHUNK = 4096;

  private final Node node;
  private final Storage storage;
  private final Shape pooled;
  private final Shape whole;
  private final long[] strides;
  private final int plane;
  private final int[][] chunks = new int[ThreadTeam.SIZE][CHUNK];
  private final boolean[] foreign = new boolean[ThreadTeam.SIZE];
  private final ThreadTeam.Part check = this::check;

  /**
   * @param indices row-major N×C×OH×OW or channels last
   * @param whole shape of what was pooled
   */
  PlaneIndices(Node node, Value indices, Storage storage, Layout layout, Shape whole) {
    this.node = node;
    this.storage = storage;
    this.pooled = indices.shape();
    this.whole = whole;
    this.strides = layout.strides(pooled);
    this.plane = whole.dim(2) * whole.dim(3);
  }

  /**
   * @throws ForeignIndexException that names the first index that is in no plane
   */
  void check() {
    Arrays.fill(foreign, false);
    ThreadTeam.run((pooled.count() + CHUNK - 1) / CHUNK, CHUNK, check);
    for (boolean found : foreign) {
      if (found) {
        ForeignIndexException.check(node, this::at, pooled, whole);
      }
    }
  }

  private void check(int part, int from, int to) {
    int[] chunk = chunks[part];
    IntBuffer indices = storage.ints();
    int seen = 0;
    for (int i = from; i < to; i++) {
      int count = Math.min(CHUNK, pooled.count() - i * CHUNK);
      indices.get(i * CHUNK, chunk, 0, count);
      seen |= signs(chunk, count);
    }
    foreign[part] = seen < 0;
  }

  /** Negative if an index or its distance to the last place is. */
  private int signs(int[] chunk, int count) {
    int last = plane - 1;
    int signs = 0;
    for (int i = 0; i < count; i++) {
      signs |= chunk[i] | last - chunk[i];
    }
    return signs;
  }

  /** The index at a position of the row-major order. */
  private int at(int position) {
    int row = position / pooled.dim(3);
    int channel = row / pooled.dim(2);
    long offset =
        channel / pooled.dim(1) * strides[0]
            + channel % pooled.dim(1) * strides[1]
            + row % pooled.dim(2) * strides[2]
            + position % pooled.dim(3) * strides[3];
    return storage.ints().get((int) offset);
  }
}
