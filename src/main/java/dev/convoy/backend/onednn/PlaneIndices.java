package dev.convoy.backend.onednn;

import dev.convoy.backend.ForeignIndexException;
import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import org.bytedeco.javacpp.IntPointer;

/** The i32 indices of max pooling, each a place h·W+w in the plane that was pooled. */
final class PlaneIndices {

  /** What the native check answers if an index is in no plane. */
  private static final int FOREIGN = 0;

  private final Node node;
  private final Storage storage;
  private final Shape shape;
  private final Shape whole;
  private final long[] strides;
  private final PooledMap map;

  /**
   * @param storage indices, row-major N×C×OH×OW or channels last
   * @param whole shape of what was pooled
   */
  PlaneIndices(
      Node node, Value indices, Storage storage, Layout layout, Shape whole, PooledMap map) {
    this.node = node;
    this.storage = storage;
    this.shape = indices.shape();
    this.whole = whole;
    this.strides = layout.strides(shape);
    this.map = map;
  }

  Storage storage() {
    return storage;
  }

  /**
   * To be called before anything is written.
   *
   * @return what {@code native/max_pool2d.h} finds: whether each index lies in its own window, so
   *     that elements can be gathered from the windows of their places
   * @throws ForeignIndexException that names the first index that is in no plane
   */
  int judge() {
    int judged = NativeKernels.judge_indices(map.address(), storage.address());
    if (judged == FOREIGN) {
      ForeignIndexException.check(node, this::at, shape, whole);
    }
    return judged;
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
    return new IntPointer(storage.pointer()).get(offset);
  }
}
