package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.memory;

/** Values back to where they came from, which oneDNN lacks; and their gradients from there. */
final class MaxUnpool2dOneDnn {

  private final PooledBlocks blocks;
  private final Storage pooled;
  private final Storage whole;
  private final PlaneBits[] bits = new PlaneBits[ThreadTeam.SIZE];

  private MaxUnpool2dOneDnn(DType dtype, PooledBlocks blocks, Storage pooled, Storage whole) {
    this.blocks = blocks;
    this.pooled = pooled;
    this.whole = whole;
    for (int part = 0; part < bits.length; part++) {
      bits[part] = PlaneBits.of(dtype, blocks.mostInPlane(), blocks.mostInRow());
    }
  }

  static void forward(Node node, Lowering lowering) {
    Layout layout = lowering.layout(node.output(0));
    Storage values = inLayout(node.input(0), layout, lowering);
    Storage whole = lowering.storage(node.output(0));
    lower(node, node.input(0), values, node.output(0), whole, true, lowering);
  }

  static void gradInput(Node node, Lowering lowering) {
    Layout layout = lowering.layout(node.output(0));
    Storage dy = inLayout(node.input(0), layout, lowering);
    Storage values = lowering.storage(node.output(0));
    lower(node, node.output(0), values, node.input(0), dy, false, lowering);
  }

  private static void lower(
      Node node,
      Value small,
      Storage smallStorage,
      Value large,
      Storage largeStorage,
      boolean forward,
      Lowering lowering) {
    Layout layout = lowering.layout(node.output(0));
    Storage indices = inLayout(node.input(1), layout, lowering);
    PooledBlocks blocks =
        new PooledBlocks(
            Pictures.of(small.shape(), layout), Pictures.of(large.shape(), layout), indices);
    PlaneIndices known = new PlaneIndices(node, node.input(1), indices, layout, large.shape());
    MaxUnpool2dOneDnn kernel =
        new MaxUnpool2dOneDnn(small.dtype(), blocks, smallStorage, largeStorage);
    ThreadTeam.Part part = forward ? kernel::unpool : kernel::takeBack;
    int units = blocks.blocks.count();
    lowering.add(
        () -> {
          known.check();
          ThreadTeam.run(units, large.shape().count() / units, part);
        },
        smallStorage,
        indices,
        largeStorage);
  }

  /** A value in the layout of the kernel's output: the kernels see all of them alike. */
  static Storage inLayout(Value value, Layout layout, Lowering lowering) {
    memory.desc order = Descriptors.of(value.type(), layout);
    return lowering.converted(value, lowering.describe(value), order);
  }

  private void unpool(int part, int from, int to) {
    PlaneBits block = bits[part];
    Pictures map = blocks.pooled;
    for (int unit = from; unit < to; unit++) {
      int width = blocks.blocks.width(unit);
      block.clear();
      for (int row = 0; row < map.height(); row++) {
        block.loadRow(pooled, blocks.rowStart(unit, row), map.width(), map.channels(), width);
        block.put(blocks.indices(part, unit, row), map.width(), width);
      }
      int start = blocks.planeStart(unit);
      block.storePlane(whole, start, blocks.whole.pixels(), map.channels(), width);
    }
  }

  /** Backwards, so that of several values with one place the last takes its gradient. */
  private void takeBack(int part, int from, int to) {
    PlaneBits block = bits[part];
    Pictures map = blocks.pooled;
    for (int unit = from; unit < to; unit++) {
      int width = blocks.blocks.width(unit);
      int start = blocks.planeStart(unit);
      block.loadPlane(whole, start, blocks.whole.pixels(), map.channels(), width);
      for (int row = map.height() - 1; row >= 0; row--) {
        block.take(blocks.indices(part, unit, row), map.width(), width);
        block.storeRow(pooled, blocks.rowStart(unit, row), map.width(), map.channels(), width);
      }
    }
  }
}
