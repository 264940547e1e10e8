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

  /** What one part of the loop works with. */
  private static final class Scratch {

    final int[][] kept;
    final int[] keptRows;
    final int[] largest;
    final int[] winners;

    Scratch(int rows, int inputLength, int outputLength) {
      kept = new int[rows][inputLength];
      keptRows = new int[rows];
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
    int kept = Math.min(window.kernelHeight(), MOST_KEPT);
    for (int part = 0; part < scratches.length; part++) {
      scratches[part] = new Scratch(kept, input.rowLength(), output.rowLength());
    }
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

  /** One output row: its windows' rows from top to bottom. */
  private void pool(int picture, int o, Scratch scratch) {
    Arrays.fill(scratch.winners, -1);
    int top = o * window.strideHeight() - window.padding().top();
    for (int u = 0; u < window.kernelHeight(); u++) {
      int h = top + u * window.dilationHeight();
      if (h >= 0 && h < input.height()) {
        challenge(row(picture + h, scratch), h * input.width(), scratch);
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

  /** The windows' elements of one input row, from left to right. */
  private void challenge(int[] row, int index, Scratch scratch) {
    for (int o = 0; o < output.width(); o++) {
      int left = o * window.strideWidth() - window.padding().left();
      for (int v = 0; v < window.kernelWidth(); v++) {
        int w = left + v * window.dilationWidth();
        if (w >= 0 && w < input.width()) {
          challenge(row, w * input.channels(), index + w, scratch, o * input.channels());
        }
      }
    }
  }

  private void challenge(int[] row, int from, int index, Scratch scratch, int to) {
    int[] largest = scratch.largest;
    int[] winners = scratch.winners;
    if (winners[to] < 0) {
      System.arraycopy(row, from, largest, to, input.channels());
      Arrays.fill(winners, to, to + input.channels(), index);
      return;
    }
    for (int c = 0; c < input.channels(); c++) {
      int champion = largest[to + c];
      int larger = Math.max(champion, row[from + c]);
      int changed = larger ^ champion;
      // All bits where the challenger is larger, none where it is not: a choice without a branch.
      int won = (changed | -changed) >> 31;
      winners[to + c] = winners[to + c] & ~won | index & won;
      largest[to + c] = larger;
    }
  }
}
