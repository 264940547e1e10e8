package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/**
 * Output rows whose pixels are weighted sums of input pixels: input rows are summed into one, then
 * its pixels. The input rows used last are kept, since neighbouring output rows share them.
 */
final class PixelSums implements ThreadTeam.Part {

  private final AxisMap.Tap[][] rows;
  private final int inputRows;
  private final Loop[] loops = new Loop[ThreadTeam.SIZE];

  PixelSums(
      AxisMap rows, AxisMap columns, int channels, DType dtype, Storage source, Storage target) {
    this.rows = taps(rows);
    this.inputRows = rows.inputs();
    AxisMap.Tap[][] pixels = taps(columns);
    int most = Arrays.stream(this.rows).mapToInt(t -> t.length).max().orElse(1);
    int kept = Math.max(1, Math.min(most, WeightedSum.TOGETHER));
    int inputLength = columns.inputs() * channels;
    int outputLength = columns.outputs() * channels;
    for (int part = 0; part < loops.length; part++) {
      GroupedRows input = GroupedRows.of(source, dtype, channels, inputLength);
      GroupedRows output = GroupedRows.of(target, dtype, channels, outputLength);
      int groups = input.groups();
      ColumnSums sums = ColumnSums.of(pixels, columns.inputs(), groups, channels / groups);
      loops[part] =
          new Loop(
              new KeptRows(input, kept, inputLength),
              output,
              sums,
              new float[inputLength],
              new float[outputLength],
              new WeightedSum());
    }
  }

  private static AxisMap.Tap[][] taps(AxisMap map) {
    AxisMap.Tap[][] taps = new AxisMap.Tap[map.outputs()][];
    Arrays.setAll(taps, o -> map.taps(o).toArray(AxisMap.Tap[]::new));
    return taps;
  }

  @Override
  public void run(int part, int from, int to) {
    loops[part].input.forget();
    for (int row = from; row < to; row++) {
      loops[part].write(row, row / rows.length * inputRows, rows[row % rows.length]);
    }
  }

  /** What one part of the loop works with. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Loop(
      KeptRows input,
      GroupedRows output,
      ColumnSums columns,
      float[] sum,
      float[] result,
      WeightedSum adding) {

    void write(int row, int picture, AxisMap.Tap[] taps) {
      columns.sum(sum(picture, taps), result);
      output.write(row * result.length, result);
    }

    private float[] sum(int picture, AxisMap.Tap[] taps) {
      if (taps.length == 1 && taps[0].weight() == 1) {
        return input.row(picture + taps[0].input());
      }
      adding.begin();
      for (AxisMap.Tap tap : taps) {
        adding.add(tap.weight(), input.row(picture + tap.input()), sum);
      }
      adding.end(sum);
      return sum;
    }
  }

  /** The rows used last; as many of them stay as are kept. */
  private static final class KeptRows {

    private final GroupedRows source;
    private final float[][] rows;
    private final int[] numbers;
    private final long[] uses;
    private long clock;

    KeptRows(GroupedRows source, int kept, int length) {
      this.source = source;
      rows = new float[kept][length];
      numbers = new int[kept];
      uses = new long[kept];
    }

    void forget() {
      Arrays.fill(numbers, -1);
    }

    float[] row(int number) {
      int oldest = 0;
      clock++;
      for (int slot = 0; slot < rows.length; slot++) {
        if (numbers[slot] == number) {
          uses[slot] = clock;
          return rows[slot];
        }
        oldest = uses[slot] < uses[oldest] ? slot : oldest;
      }
      numbers[oldest] = number;
      uses[oldest] = clock;
      source.read(number * rows[oldest].length, rows[oldest]);
      return rows[oldest];
    }
  }
}
