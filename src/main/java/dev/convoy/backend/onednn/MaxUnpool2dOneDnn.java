package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import org.bytedeco.dnnl.memory;

/** Values back to where they came from, which oneDNN lacks; and their gradients from there. */
final class MaxUnpool2dOneDnn {

  private MaxUnpool2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    if (!NativeKernels.AVAILABLE) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value pooled = node.input(0);
    Value whole = node.output(0);
    Layout layout = lowering.layout(whole);
    Storage values = inLayout(pooled, layout, lowering);
    PooledMap map = PooledMap.ofCells(pooled.shape(), whole.shape(), layout);
    PlaneIndices indices = indices(node, whole, layout, map, lowering);
    Storage target = lowering.storage(whole);
    int bytes = elementBytes(whole);
    lowering.add(
        new NativeCall(
            "max_pool2d.h",
            () ->
                NativeKernels.max_unpool2d(
                    bytes,
                    indices.judge(),
                    map.address(),
                    values.address(),
                    indices.storage().address(),
                    target.address())),
        values,
        indices.storage(),
        target);
  }

  static void gradInput(Node node, Lowering lowering) {
    if (!NativeKernels.AVAILABLE) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Value whole = node.input(0);
    Value pooled = node.output(0);
    Layout layout = lowering.layout(pooled);
    Storage source = inLayout(whole, layout, lowering);
    PooledMap map = PooledMap.ofCells(pooled.shape(), whole.shape(), layout);
    PlaneIndices indices = indices(node, whole, layout, map, lowering);
    Storage values = lowering.storage(pooled);
    Storage scratch = lowering.scratchpad(map.scratchBytes());
    int bytes = elementBytes(pooled);
    lowering.add(
        new NativeCall(
            "max_pool2d.h",
            () ->
                NativeKernels.max_unpool2d_gradient(
                    bytes,
                    indices.judge(),
                    map.address(),
                    source.address(),
                    indices.storage().address(),
                    values.address(),
                    scratch.address())),
        source,
        indices.storage(),
        values,
        scratch);
  }

  /** The second input of a node, in the layout of its output. */
  static PlaneIndices indices(
      Node node, Value whole, Layout layout, PooledMap map, Lowering lowering) {
    Value indices = node.input(1);
    Storage storage = inLayout(indices, layout, lowering);
    return new PlaneIndices(node, indices, storage, layout, whole.shape(), map);
  }

  /** 4 or 2. */
  static int elementBytes(Value value) {
    Descriptors.requireSupported(value.dtype());
    return value.dtype().bytes();
  }

  /** A value in the layout of the kernel's output: the kernels see all of them alike. */
  static Storage inLayout(Value value, Layout layout, Lowering lowering) {
    memory.desc order = Descriptors.of(value.type(), layout);
    return lowering.converted(value, lowering.describe(value), order);
  }
}
