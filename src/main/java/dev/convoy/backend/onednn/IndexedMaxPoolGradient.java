package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/**
 * The gradient of max pooling by true indices: sums in f32, rounded once. Where the indices show
 * that windows did not overlap there is nothing to sum, and elements are moved as they are.
 */
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
    PooledBlocks planes = PooledBlocks.ofPlanes(pooled, whole, indices);
    PooledBlocks bands = PooledBlocks.ofBands(pooled, whole, indices);
    PlaneIndices known = new PlaneIndices(node, node.input(1), indices, layout, dx.shape());
    ThreadTeam.Part sums = new IndexedMaxPoolGradient(dx.dtype(), dy, target, planes);
    IndexedMoves moves = new IndexedMoves(dx.dtype(), bands, dy, target);
    lowering.add(
        () -> {
          if (known.checkWhetherInCells()) {
            moves.put();
          } else {
            ThreadTeam.run(planes.blocks.count(), planes.mostInPlane(), sums);
          }
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
        add(rows[part], blocks.places(part, unit, row), planes[part], map.width() * width);
      }
      int start = blocks.planeStart(unit);
      target.write(start, planes[part], blocks.whole.pixels(), map.channels(), width);
    }
  }

  private static void add(float[] row, int[] places, float[] plane, int count) {
    for (int i = 0; i < count; i++) {
      plane[places[i]] += row[i];
    }
  }
}
