package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.dnnl.memory;

/** Values back to where they came from, which oneDNN lacks; and their gradients from there. */
final class MaxUnpool2dOneDnn {

  private static final byte[] ZEROS = new byte[1 << 14];

  private MaxUnpool2dOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    Value y = node.output(0);
    Layout layout = lowering.layout(y);
    Storage values = inLayout(node.input(0), layout, lowering);
    Storage indices = inLayout(node.input(1), layout, lowering);
    Storage target = lowering.storage(y);
    Pictures pooled = Pictures.of(node.input(0).shape(), layout);
    Pictures whole = Pictures.of(y.shape(), layout);
    PooledBlocks blocks = new PooledBlocks(pooled, whole, indices);
    PlaneIndices known = new PlaneIndices(node, node.input(1), indices, layout, y.shape());
    DType dtype = y.dtype();
    ThreadTeam.Part part =
        (number, from, to) -> {
          for (int unit = from; unit < to; unit++) {
            clear(target.buffer(), blocks, unit, dtype.bytes());
            for (int row = 0; row < pooled.height(); row++) {
              float[] read = blocks.read(values.rows(dtype), number, unit, row);
              int[] offsets = blocks.offsets(number, unit, row);
              target.rows(dtype).scatter(offsets, read, blocks.rowLength(unit));
            }
          }
        };
    int units = blocks.blocks.count();
    lowering.add(
        () -> {
          known.check();
          ThreadTeam.run(units, y.shape().count() / units, part);
        },
        values,
        indices,
        target);
  }

  /** A value in the layout of the kernel's output: the kernels see all of them alike. */
  static Storage inLayout(Value value, Layout layout, Lowering lowering) {
    memory.desc order = Descriptors.of(value.type(), layout);
    return lowering.converted(value, lowering.describe(value), order);
  }

  private static void clear(ByteBuffer target, PooledBlocks blocks, int unit, int bytes) {
    Pictures whole = blocks.whole;
    int width = blocks.blocks.width(unit);
    int start = blocks.blocks.picture(unit) * whole.length() + blocks.blocks.firstChannel(unit);
    if (width == whole.channels()) {
      clear(target, start * bytes, whole.length() * bytes);
    } else {
      for (int pixel = 0; pixel < whole.pixels(); pixel++) {
        clear(target, (start + pixel * whole.channels()) * bytes, width * bytes);
      }
    }
  }

  private static void clear(ByteBuffer target, int from, int bytes) {
    for (int done = 0; done < bytes; done += ZEROS.length) {
      target.put(from + done, ZEROS, 0, Math.min(ZEROS.length, bytes - done));
    }
  }

  static void gradInput(Node node, Lowering lowering) {
    Value dx = node.output(0);
    Layout layout = lowering.layout(dx);
    Storage dy = inLayout(node.input(0), layout, lowering);
    Storage indices = inLayout(node.input(1), layout, lowering);
    Storage target = lowering.storage(dx);
    Pictures pooled = Pictures.of(dx.shape(), layout);
    Pictures whole = Pictures.of(node.input(0).shape(), layout);
    PooledBlocks blocks = new PooledBlocks(pooled, whole, indices);
    PlaneIndices known =
        new PlaneIndices(node, node.input(1), indices, layout, node.input(0).shape());
    DType dtype = dx.dtype();
    int words = (whole.pixels() * blocks.blocks.block() + 63) / 64;
    long[][] taken = new long[ThreadTeam.SIZE][words];
    ThreadTeam.Part part =
        (number, from, to) -> {
          for (int unit = from; unit < to; unit++) {
            Arrays.fill(taken[number], 0);
            for (int row = pooled.height() - 1; row >= 0; row--) {
              float[] values = blocks.values(number);
              int count = blocks.rowLength(unit);
              dy.rows(dtype).gather(blocks.offsets(number, unit, row), values, count);
              keepLast(blocks.places(number, unit, row), taken[number], values, count);
              blocks.write(target.rows(dtype), number, unit, row);
            }
          }
        };
    int units = blocks.blocks.count();
    lowering.add(
        () -> {
          known.check();
          ThreadTeam.run(units, node.input(0).shape().count() / units, part);
        },
        dy,
        indices,
        target);
  }

  /** Walks backwards: of all values with one place the first met is the one that stayed. */
  private static void keepLast(int[] places, long[] taken, float[] values, int count) {
    for (int i = count - 1; i >= 0; i--) {
      int word = places[i] >> 6;
      long bit = 1L << places[i];
      if ((taken[word] & bit) != 0) {
        values[i] = 0;
      }
      taken[word] |= bit;
    }
  }
}
