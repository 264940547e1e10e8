package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/**
 * Output rows whose pixels are weighted sums of input pixels: input rows are summed into one, then
 * its pixels. The input rows read last are kept, since neighbouring output rows share them.
 */
final class PixelSums implements ThreadTeam.Part {

  private static final int MOST_KEPT = 4;

  /** Channels from which on a loop over them is worth its start. */
  private static final int WIDE = 8;

  /** An axis map as flat arrays: the taps of output o are those from starts[o] to starts[o+1]. */
  private record Taps(int[] starts, int[] inputs, float[] weights) {

    static Taps of(AxisMap map) {
      int[] starts = new int[map.outputs() + 1];
      for (int o = 0; o < map.outputs(); o++) {
        starts[o + 1] = starts[o] + map.taps(o).size();
      }
      Taps flat =
          new Taps(starts, new int[starts[map.outputs()]], new float[starts[map.outputs()]]);
      int next = 0;
      for (int o = 0; o < map.outputs(); o++) {
        for (AxisMap.Tap tap : map.taps(o)) {
          flat.inputs[next] = tap.input();
          flat.weights[next++] = (float) tap.weight();
        }
      }
      return flat;
    }

    int most() {
      int most = 1;
      for (int o = 0; o + 1 < starts.length; o++) {
        most = Math.max(most, starts[o + 1] - starts[o]);
      }
      return most;
    }
  }

  /** What one part of the loop works with. */
  private static final class Scratch {

    final float[][] kept;
    final int[] keptRows;
    final float[] sum;
    final float[] output;

    Scratch(int rows, int inputLength, int outputLength) {
      kept = new float[rows][inputLength];
      keptRows = new int[rows];
      sum = new float[inputLength];
      output = new float[outputLength];
    }
  }

  private final Taps rows;
  private final Taps columns;
  private final int inputRows;
  private final int outputRows;
  private final int channels;
  private final DType dtype;
  private final Storage source;
  private final Storage target;
  private final Scratch[] scratches = new Scratch[ThreadTeam.SIZE];

  PixelSums(
      AxisMap rows, AxisMap columns, int channels, DType dtype, Storage source, Storage target) {
    this.rows = Taps.of(rows);
    this.columns = Taps.of(columns);
    this.inputRows = rows.inputs();
    this.outputRows = rows.outputs();
    this.channels = channels;
    this.dtype = dtype;
    this.source = source;
    this.target = target;
    int kept = Math.min(this.rows.most(), MOST_KEPT);
    for (int part = 0; part < scratches.length; part++) {
      scratches[part] =
          new Scratch(kept, columns.inputs() * channels, columns.outputs() * channels);
    }
  }

  @Override
  public void run(int part, int from, int to) {
    Scratch scratch = scratches[part];
    Arrays.fill(scratch.keptRows, -1);
    FloatRows input = source.rows(dtype);
    FloatRows output = target.rows(dtype);
    int length = scratch.output.length;
    for (int row = from; row < to; row++) {
      float[] sum = sumRows(input, row / outputRows * inputRows, row % outputRows, scratch);
      if (channels >= WIDE) {
        sumPixels(sum, scratch.output);
      } else {
        sumElements(sum, scratch.output);
      }
      output.write(row * length, scratch.output, length);
    }
  }

  private float[] sumRows(FloatRows input, int picture, int o, Scratch scratch) {
    int tap = rows.starts[o];
    int end = rows.starts[o + 1];
    float[] sum = scratch.sum;
    if (tap == end) {
      Arrays.fill(sum, 0);
      return sum;
    }
    float[] first = row(input, picture + rows.inputs[tap], scratch);
    if (end == tap + 1) {
      if (rows.weights[tap] == 1) {
        return first;
      }
      scale(rows.weights[tap], first, sum);
      return sum;
    }
    if (inDifferentPlaces(tap, scratch)) {
      float[] second = row(input, picture + rows.inputs[tap + 1], scratch);
      mix(rows.weights[tap], first, rows.weights[tap + 1], second, sum);
      tap++;
    } else {
      scale(rows.weights[tap], first, sum);
    }
    for (tap++; tap < end; tap++) {
      add(rows.weights[tap], row(input, picture + rows.inputs[tap], scratch), sum);
    }
    return sum;
  }

  /** Whether the row of a tap and that of the next can be kept at the same time. */
  private boolean inDifferentPlaces(int tap, Scratch scratch) {
    return (rows.inputs[tap + 1] - rows.inputs[tap]) % scratch.kept.length != 0;
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

  private static void scale(float weight, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = weight * row[i];
    }
  }

  private static void mix(float v, float[] first, float w, float[] second, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] = v * first[i] + w * second[i];
    }
  }

  private static void add(float weight, float[] row, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * row[i];
    }
  }

  /** Loops over channels inside. */
  private void sumPixels(float[] row, float[] output) {
    for (int o = 0; o + 1 < columns.starts.length; o++) {
      int tap = columns.starts[o];
      int end = columns.starts[o + 1];
      int to = o * channels;
      if (tap == end) {
        Arrays.fill(output, to, to + channels, 0);
      } else if (tap + 1 == end) {
        scalePixel(columns.weights[tap], row, columns.inputs[tap] * channels, output, to);
      } else {
        mixPixels(tap, row, output, to);
        for (tap += 2; tap < end; tap++) {
          addPixel(columns.weights[tap], row, columns.inputs[tap] * channels, output, to);
        }
      }
    }
  }

  private void scalePixel(float weight, float[] row, int from, float[] output, int to) {
    for (int c = 0; c < channels; c++) {
      output[to + c] = weight * row[from + c];
    }
  }

  private void mixPixels(int tap, float[] row, float[] output, int to) {
    float v = columns.weights[tap];
    float w = columns.weights[tap + 1];
    int first = columns.inputs[tap] * channels;
    int second = columns.inputs[tap + 1] * channels;
    for (int c = 0; c < channels; c++) {
      output[to + c] = v * row[first + c] + w * row[second + c];
    }
  }

  private void addPixel(float weight, float[] row, int from, float[] output, int to) {
    for (int c = 0; c < channels; c++) {
      output[to + c] += weight * row[from + c];
    }
  }

  /** Loops over taps inside, for few channels. */
  private void sumElements(float[] row, float[] output) {
    for (int o = 0; o + 1 < columns.starts.length; o++) {
      for (int c = 0; c < channels; c++) {
        float sum = 0;
        for (int tap = columns.starts[o]; tap < columns.starts[o + 1]; tap++) {
          sum += columns.weights[tap] * row[columns.inputs[tap] * channels + c];
        }
        output[o * channels + c] = sum;
      }
    }
  }
}
