package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/** The gradient of max pooling by true indices: sums in f32, rounded once. */
final class IndexedMaxPoolGradient implements ThreadTeam.Part {

  private final DType dtype;
  private final Storage dy;
  private final Storage dx;
  private final PooledBlocks blocks;
  private final float[][] planes;
  private final float[][] rows;

  private IndexedMaxPoolGradient(DType dtype, Storage dy, Storage dx, PooledBlocks blocks) {
    this.dtype = dtype;
    this.dy = dy;
    this.dx = dx;
    this.blocks = blocks;
    this.planes = new float[ThreadTeam.SIZE][blocks.mostInPlane()];
    this.rows = new float[ThreadTeam.SIZE][blocks.mostInRow()];
  }

  static void lower(Node node, Lowering lowering) {
    Value dx = node.output(0);
    Layout layout = lowering.layout(dx);
    Storage dy = MaxUnpool2dOneDnn.inLayout(node.input(0), layout, lowering);
    Storage indices = MaxUnpool2dOneDnn.inLayout(node.input(1), layout, lowering);
    Storage target = lowering.storage(dx);
    Pictures pooled = Pictures.of(node.input(0).shape(), layout);
    Pictures whole = Pictures.of(dx.shape(), layout);
    PooledBlocks blocks = new PooledBlocks(pooled, whole, indices);
    PlaneIndices known = new PlaneIndices(node, node.input(1), indices, layout, dx.shape());
    ThreadTeam.Part part = new IndexedMaxPoolGradient(dx.dtype(), dy, target, blocks);
    int units = blocks.blocks.count();
    lowering.add(
        () -> {
          known.check();
          ThreadTeam.run(units, dx.shape().count() / units, part);
        },
        dy,
        indices,
        target);
  }

  @Override
  public void run(int part, int from, int to) {
    FloatRows source = dy.rows(dtype);
    FloatRows target = dx.rows(dtype);
    Pictures map = blocks.pooled;
    for (int unit = from; unit < to; unit++) {
      int width = blocks.blocks.width(unit);
      Arrays.fill(planes[part], 0);
      for (int row = 0; row < map.height(); row++) {
        int start = blocks.rowStart(unit, row);
        source.read(start, rows[part], map.width(), map.channels(), width);
        add(rows[part], blocks.indices(part, unit, row), planes[part], map.width(), width);
      }
      int start = blocks.planeStart(unit);
      target.write(start, planes[part], blocks.whole.pixels(), map.channels(), width);
    }
  }

  private static void add(float[] row, int[] index, float[] plane, int pixels, int width) {
    int i = 0;
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int c = 0; c < width; c++, i++) {
        plane[index[i] * width + c] += row[i];
      }
    }
  }
}
