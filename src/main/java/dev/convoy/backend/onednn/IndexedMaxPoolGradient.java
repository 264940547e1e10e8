package dev.convoy.backend.onednn;

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

  private IndexedMaxPoolGradient(DType dtype, Storage dy, Storage dx, PooledBlocks blocks) {
    this.dtype = dtype;
    this.dy = dy;
    this.dx = dx;
    this.blocks = blocks;
    this.planes = new float[ThreadTeam.SIZE][blocks.whole.pixels() * blocks.blocks.block()];
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
    for (int unit = from; unit < to; unit++) {
      float[] plane = planes[part];
      Arrays.fill(plane, 0);
      for (int row = 0; row < blocks.pooled.height(); row++) {
        float[] gradients = blocks.read(dy.rows(dtype), part, unit, row);
        int[] places = blocks.places(part, unit, row);
        for (int i = 0; i < blocks.rowLength(unit); i++) {
          plane[places[i]] += gradients[i];
        }
      }
      write(plane, unit);
    }
  }

  private void write(float[] plane, int unit) {
    Pictures whole = blocks.whole;
    int width = blocks.blocks.width(unit);
    int to = blocks.blocks.picture(unit) * whole.length() + blocks.blocks.firstChannel(unit);
    FloatRows target = dx.rows(dtype);
    if (width == whole.channels()) {
      target.write(to, plane, whole.length());
      return;
    }
    for (int pixel = 0; pixel < whole.pixels(); pixel++) {
      target.write(to + pixel * whole.channels(), plane, pixel * width, width);
    }
  }
}
