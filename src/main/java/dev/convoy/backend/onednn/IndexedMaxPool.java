package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Max pooling with true indices, which oneDNN does not give: output row by output row, all channels
 * of a pixel together. Input rows read last are kept, since windows overlap.
 */
final class IndexedMaxPool implements ThreadTeam.Part {

  private static final int MOST_KEPT = 4;

  /** The n-th pixel of every window in a row, and its column at every element of an output row. */
  private record Column(RowGather gather, int[] places) {}

  /**
   * What one part of the loop works with; pixels in the padding are the smallest number for good.
   */
  private static final class Scratch {

    final int[][] kept;
    final int[] keptRows;
    final int[][] picked;
    final int[] largest;
    final int[] winners;

    Scratch(int rows, int inputLength, int columns, int outputLength) {
      kept = new int[rows][inputLength];
      keptRows = new int[rows];
      picked = new int[columns][outputLength];
      for (int[] pixels : picked) {
        Arrays.fill(pixels, Integer.MIN_VALUE);
      }
      largest = new int[outputLength];
      winners = new int[outputLength];
    }
  }

  private final Window2d window;
  private final Pictures input;
  private final Pictures output;
  private final DType dtype;
  private final Storage source;
  private final Storage values;
  private final Storage indices;
  private final Column[] columns;
  private final Scratch[] scratches = new Scratch[ThreadTeam.SIZE];
  private @Nullable OrderedRows read;
  private @Nullable OrderedRows written;

  private IndexedMaxPool(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    window = ((MaxPool2dOp) node.op()).window();
    input = Pictures.of(x.shape(), lowering.layout(x));
    output = Pictures.of(y.shape(), lowering.layout(y));
    dtype = x.dtype();
    Descriptors.requireSupported(dtype);
    source = lowering.storage(x);
    values = lowering.storage(y);
    indices = lowering.storage(node.output(1));
    columns = columns();
    int kept = Math.min(window.kernelHeight(), MOST_KEPT);
    for (int part = 0; part < scratches.length; part++) {
      scratches[part] = new Scratch(kept, input.rowLength(), columns.length, output.rowLength());
    }
  }

  private Column[] columns() {
    Column[] made = new Column[window.kernelWidth()];
    for (int v = 0; v < made.length; v++) {
      int[] sources = new int[output.width()];
      int[] places = new int[output.rowLength()];
      for (int o = 0; o < sources.length; o++) {
        int w = o * window.strideWidth() - window.padding().left() + v * window.dilationWidth();
        sources[o] = w >= 0 && w < input.width() ? w : RowGather.NONE;
        Arrays.fill(places, o * input.channels(), (o + 1) * input.channels(), w);
      }
      made[v] = new Column(new RowGather(sources, input.channels()), places);
    }
    return made;
  }

  static void lower(Node node, Lowering lowering) {
    IndexedMaxPool kernel = new IndexedMaxPool(node, lowering);
    long elements = (long) kernel.input.rowLength() * kernel.window.kernelHeight();
    lowering.add(
        () -> {
          if (kernel.read == null) {
            kernel.read = OrderedRows.of(kernel.source.buffer(), kernel.dtype);
            kernel.written = OrderedRows.of(kernel.values.buffer(), kernel.dtype);
          }
          ThreadTeam.run(kernel.output.rows(), elements, kernel);
        },
        kernel.source,
        kernel.values,
        kernel.indices);
  }

  @Override
  public void run(int part, int from, int to) {
    Scratch scratch = scratches[part];
    Arrays.fill(scratch.keptRows, -1);
    int length = output.rowLength();
    for (int row = from; row < to; row++) {
      pool(row / output.height() * input.height(), row % output.height(), scratch);
      Objects.requireNonNull(written).write(row * length, scratch.largest, length);
      indices.ints().put(row * length, scratch.winners, 0, length);
    }
  }

  /**
   * One output row: the rows of its windows from top to bottom, their pixels from left to right.
   */
  private void pool(int picture, int o, Scratch scratch) {
    Arrays.fill(scratch.largest, Integer.MIN_VALUE);
    int top = o * window.strideHeight() - window.padding().top();
    for (int u = 0; u < window.kernelHeight(); u++) {
      int h = top + u * window.dilationHeight();
      if (h < 0 || h >= input.height()) {
        continue;
      }
      int[] row = row(picture + h, scratch);
      for (int v = 0; v < columns.length; v++) {
        columns[v].gather.pick(row, scratch.picked[v]);
        int[] places = columns[v].places;
        challenge(scratch.picked[v], places, h * input.width(), scratch.largest, scratch.winners);
      }
    }
  }

  private int[] row(int number, Scratch scratch) {
    int slot = number % scratch.kept.length;
    int[] row = scratch.kept[slot];
    if (scratch.keptRows[slot] != number) {
      scratch.keptRows[slot] = number;
      Objects.requireNonNull(read).read(number * row.length, row, row.length);
    }
    return row;
  }

  /**
   * Replaces what is smaller, and its index. Written without a branch, and with the operations that
   * the compiler vectorises: the mask has all bits where the champion is smaller (Warren, "Hacker's
   * Delight", 2-12).
   */
  private static void challenge(
      int[] challengers, int[] places, int start, int[] largest, int[] winners) {
    for (int i = 0; i < largest.length; i++) {
      int champion = largest[i];
      int challenger = challengers[i];
      int difference = champion - challenger;
      int smaller = difference ^ (champion ^ challenger) & (difference ^ champion);
      int mask = smaller >> 31;
      largest[i] = champion & ~mask | challenger & mask;
      winners[i] = winners[i] & ~mask | (places[i] + start) & mask;
    }
  }
}
