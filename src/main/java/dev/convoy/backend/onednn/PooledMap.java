package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import org.bytedeco.javacpp.LongPointer;

/**
 * A pooled map, the whole that it came from and the windows between them, laid out as {@code
 * native/pooled_map.h} reads it.
 */
final class PooledMap {

  private final LongPointer extents;
  private final int pixels;

  private PooledMap(Shape pooled, Shape whole, Layout layout, Window2d window) {
    Pictures small = Pictures.of(pooled, layout);
    Pictures large = Pictures.of(whole, layout);
    Padding2d padding = window.padding();
    this.pixels = large.pixels();
    this.extents =
        new LongPointer(
            small.count(),
            small.channels(),
            small.height(),
            small.width(),
            large.height(),
            large.width(),
            window.kernelHeight(),
            window.kernelWidth(),
            window.strideHeight(),
            window.strideWidth(),
            window.dilationHeight(),
            window.dilationWidth(),
            padding.top(),
            padding.left());
  }

  static PooledMap of(Window2d window, Shape pooled, Shape whole, Layout layout) {
    return new PooledMap(pooled, whole, layout, window);
  }

  /**
   * Where windows are not known: the cells that the pooled map divides the whole into. Where it
   * does not divide it, windows of one element, which only some indices are in.
   */
  static PooledMap ofCells(Shape pooled, Shape whole, Layout layout) {
    boolean divides = whole.dim(2) % pooled.dim(2) == 0 && whole.dim(3) % pooled.dim(3) == 0;
    int height = divides ? whole.dim(2) / pooled.dim(2) : 1;
    int width = divides ? whole.dim(3) / pooled.dim(3) : 1;
    return new PooledMap(pooled, whole, layout, Window2d.of(height, width).stride(height, width));
  }

  /** Valid as long as this object is reachable. */
  long address() {
    return extents.address();
  }

  /** Bytes of a plane of sixteen channels in f32 for every thread. */
  long scratchBytes() {
    return 64L * pixels * NativeKernels.threads();
  }
}
