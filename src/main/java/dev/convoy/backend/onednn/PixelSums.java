package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Output rows whose pixels are weighted sums of input pixels: input rows are summed into one, then
 * its pixels. The input rows read last are kept, since neighbouring output rows share them.
 */
final class PixelSums implements ThreadTeam.Part {

  private static final int MOST_KEPT = 4;

  /**
   * The n-th summand of every output pixel: where it is, and its weight at every element of an
   * output row; 0 where a pixel has fewer.
   */
  private record Summand(RowGather gather, float[] weights) {}

  /** What one part of the loop works with. */
  private static final class Scratch {

    final float[][] kept;
    final int[] keptRows;
    final float[] sum;
    final float[][] picked;
    final float[] output;

    Scratch(int rows, int inputLength, int summands, int outputLength) {
      kept = new float[rows][inputLength];
      keptRows = new int[rows];
      sum = new float[inputLength];
      picked = new float[summands][outputLength];
      output = new float[outputLength];
    }
  }

  private final AxisMap.Tap[][] rows;
  private final Summand[] columns;
  private final int inputRows;
  private final DType dtype;
  private final Storage source;
  private final Storage target;
  private final Scratch[] scratches = new Scratch[ThreadTeam.SIZE];

  PixelSums(
      AxisMap rows, AxisMap columns, int channels, DType dtype, Storage source, Storage target) {
    this.rows = taps(rows);
    this.columns = summands(taps(columns), channels);
    this.inputRows = rows.inputs();
    this.dtype = dtype;
    this.source = source;
    this.target = target;
    int kept = Math.min(most(this.rows), MOST_KEPT);
    for (int part = 0; part < scratches.length; part++) {
      scratches[part] =
          new Scratch(
              kept, columns.inputs() * channels, this.columns.length, columns.outputs() * channels);
    }
  }

  private static AxisMap.Tap[][] taps(AxisMap map) {
    AxisMap.Tap[][] taps = new AxisMap.Tap[map.outputs()][];
    Arrays.setAll(taps, o -> map.taps(o).toArray(AxisMap.Tap[]::new));
    return taps;
  }

  private static int most(AxisMap.Tap[][] taps) {
    return Math.max(1, Arrays.stream(taps).mapToInt(t -> t.length).max().orElse(0));
  }

  private static Summand[] summands(AxisMap.Tap[][] taps, int channels) {
    List<Summand> summands = new ArrayList<>();
    for (int n = 0; n < most(taps); n++) {
      int[] sources = new int[taps.length];
      float[] weights = new float[taps.length * channels];
      for (int o = 0; o < taps.length; o++) {
        boolean there = n < taps[o].length;
        sources[o] = there ? taps[o][n].input() : RowGather.NONE;
        float weight = there ? (float) taps[o][n].weight() : 0;
        Arrays.fill(weights, o * channels, (o + 1) * channels, weight);
      }
      summands.add(new Summand(new RowGather(sources, channels), weights));
    }
    return summands.toArray(Summand[]::new);
  }

  @Override
  public void run(int part, int from, int to) {
    Scratch scratch = scratches[part];
    Arrays.fill(scratch.keptRows, -1);
    FloatRows input = source.rows(dtype);
    FloatRows output = target.rows(dtype);
    int length = scratch.output.length;
    for (int row = from; row < to; row++) {
      AxisMap.Tap[] taps = rows[row % rows.length];
      float[] sum = sumRows(input, row / rows.length * inputRows, taps, scratch);
      sumPixels(sum, scratch.picked, scratch.output);
      output.write(row * length, scratch.output, length);
    }
  }

  private static float[] sumRows(
      FloatRows input, int picture, AxisMap.Tap[] taps, Scratch scratch) {
    if (taps.length == 1 && taps[0].weight() == 1) {
      return row(input, picture + taps[0].input(), scratch);
    }
    Arrays.fill(scratch.sum, 0);
    for (AxisMap.Tap tap : taps) {
      add((float) tap.weight(), row(input, picture + tap.input(), scratch), scratch.sum);
    }
    return scratch.sum;
  }

  private static float[] row(FloatRows input, int number, Scratch scratch) {
    int slot = number % scratch.kept.length;
    float[] row = scratch.kept[slot];
    if (scratch.keptRows[slot] != number) {
      scratch.keptRows[slot] = number;
      input.read(number * row.length, row, row.length);
    }
    return row;
  }

  private void sumPixels(float[] row, float[][] picked, float[] output) {
    for (int n = 0; n < columns.length; n++) {
      columns[n].gather.pick(row, picked[n]);
    }
    if (columns.length == 1) {
      scale(columns[0].weights, picked[0], output);
      return;
    }
    mix(columns[0].weights, picked[0], columns[1].weights, picked[1], output);
    for (int n = 2; n < columns.length; n++) {
      add(columns[n].weights, picked[n], output);
    }
  }

  private static void add(float weight, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * row[i];
    }
  }

  private static void scale(float[] weights, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = weights[i] * row[i];
    }
  }

  private static void mix(float[] v, float[] first, float[] w, float[] second, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v[i] * first[i] + w[i] * second[i];
    }
  }

  private static void add(float[] weights, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weights[i] * row[i];
    }
  }
}
