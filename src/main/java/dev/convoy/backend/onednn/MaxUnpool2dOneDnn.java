package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.memory;

/** Values back to where they came from, which oneDNN lacks; and their gradients from there. */
final class MaxUnpool2dOneDnn {

  private MaxUnpool2dOneDnn() {}

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
    Descriptors.requireSupported(small.dtype());
    Storage indices = inLayout(node.input(1), layout, lowering);
    Pictures pooled = Pictures.of(small.shape(), layout);
    Pictures whole = Pictures.of(large.shape(), layout);
    PlaneIndices known = new PlaneIndices(node, node.input(1), indices, layout, large.shape());
    IndexedMoves inBands =
        new IndexedMoves(
            small.dtype(),
            PooledBlocks.ofBands(pooled, whole, indices),
            smallStorage,
            largeStorage);
    IndexedMoves inPlanes =
        new IndexedMoves(
            small.dtype(),
            PooledBlocks.ofPlanes(pooled, whole, indices),
            smallStorage,
            largeStorage);
    lowering.add(
        () -> {
          IndexedMoves moves = known.checkWhetherInCells() ? inBands : inPlanes;
          if (forward) {
            moves.put();
          } else {
            moves.take();
          }
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
}
