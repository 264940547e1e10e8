package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;

/** Max pooling with true indices, which oneDNN does not give, and its gradient by them. */
final class IndexedMaxPool {

  private IndexedMaxPool() {}

  static void forward(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    if (!NativeKernels.AVAILABLE) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Layout layout = lowering.layout(y);
    Storage source = MaxUnpool2dOneDnn.inLayout(x, layout, lowering);
    Storage values = lowering.storage(y);
    Storage indices = lowering.storage(node.output(1));
    PooledMap map = PooledMap.of(((MaxPool2dOp) node.op()).window(), y.shape(), x.shape(), layout);
    int bytes = MaxUnpool2dOneDnn.elementBytes(x);
    lowering.add(
        new NativeCall(
            "max_pool2d.h",
            () ->
                NativeKernels.max_pool2d(
                    bytes, map.address(), source.address(), values.address(), indices.address())),
        source,
        values,
        indices);
  }

  /** Sums in f32, rounded once. Indices need not come from pooling. */
  static void gradInput(Node node, Lowering lowering) {
    if (!NativeKernels.AVAILABLE) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value dy = node.input(0);
    Value dx = node.output(0);
    Layout layout = lowering.layout(dx);
    Storage upstream = MaxUnpool2dOneDnn.inLayout(dy, layout, lowering);
    PooledMap map =
        PooledMap.of(((MaxPool2dOp.GradInput) node.op()).window(), dy.shape(), dx.shape(), layout);
    PlaneIndices indices = MaxUnpool2dOneDnn.indices(node, dx, layout, map, lowering);
    Storage target = lowering.storage(dx);
    Storage scratch = lowering.scratchpad(map.scratchBytes());
    int bytes = MaxUnpool2dOneDnn.elementBytes(dx);
    lowering.add(
        new NativeCall(
            "max_pool2d.h",
            () ->
                NativeKernels.max_pool2d_gradient(
                    bytes,
                    indices.judge(),
                    map.address(),
                    upstream.address(),
                    indices.storage().address(),
                    target.address(),
                    scratch.address())),
        upstream,
        indices.storage(),
        target,
        scratch);
  }
}
