package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The pixels of an output row from those of an input row, whose channels lie in groups ({@link
 * GroupedRows}). One object serves one part of a loop.
 */
sealed interface ColumnSums {

  /** Channels of a pixel from which on it is worth an array of its own. */
  int MANY = 16;

  void sum(float[] row, float[] output);

  /**
   * @param taps the summands of every output pixel
   * @param channels of one group
   */
  static ColumnSums of(AxisMap.Tap[][] taps, int inputs, int groups, int channels) {
    return channels < MANY
        ? new Gathered(taps, inputs, groups, channels)
        : new ByPixels(taps, inputs, groups, channels);
  }

  /** Pixels with many channels: each summand is an array, so that none is read at an offset. */
  final class ByPixels implements ColumnSums {

    private final AxisMap.Tap[][] taps;
    private final int inputs;
    private final int groups;
    private final int channels;

    /** The input pixels that are weighted or added; others are null and copied. */
    private final float[][] pixels;

    private final float[] sum;
    private final WeightedSum adding = new WeightedSum();

    private ByPixels(AxisMap.Tap[][] taps, int inputs, int groups, int channels) {
      this.taps = taps;
      this.inputs = inputs;
      this.groups = groups;
      this.channels = channels;
      pixels = new float[inputs][];
      for (AxisMap.Tap[] summands : taps) {
        if (!isCopy(summands)) {
          for (AxisMap.Tap tap : summands) {
            pixels[tap.input()] = new float[channels];
          }
        }
      }
      sum = new float[channels];
    }

    private static boolean isCopy(AxisMap.Tap[] summands) {
      return summands.length == 1 && summands[0].weight() == 1;
    }

    @Override
    public void sum(float[] row, float[] output) {
      for (int group = 0; group < groups; group++) {
        sum(row, group * inputs * channels, output, group * taps.length * channels);
      }
    }

    private void sum(float[] row, int from, float[] output, int to) {
      for (int pixel = 0; pixel < inputs; pixel++) {
        if (pixels[pixel] != null) {
          System.arraycopy(row, from + pixel * channels, pixels[pixel], 0, channels);
        }
      }
      for (int pixel = 0; pixel < taps.length; pixel++) {
        AxisMap.Tap[] summands = taps[pixel];
        int at = to + pixel * channels;
        if (isCopy(summands)) {
          System.arraycopy(row, from + summands[0].input() * channels, output, at, channels);
          continue;
        }
        adding.begin();
        for (AxisMap.Tap tap : summands) {
          adding.add(tap.weight(), pixels[tap.input()], sum);
        }
        adding.end(sum);
        System.arraycopy(sum, 0, output, at, channels);
      }
    }
  }

  /** Pixels with few channels: the n-th summands of all pixels together are a row. */
  final class Gathered implements ColumnSums {

    /**
     * The n-th summand of every output pixel: where it is, and its weight at every element of an
     * output row; 0 where a pixel has fewer.
     */
    private record Summand(RowGather gather, float[] weights, float[] picked) {}

    private final Summand[] summands;

    private Gathered(AxisMap.Tap[][] taps, int inputs, int groups, int channels) {
      List<Summand> all = new ArrayList<>();
      int most = Math.max(1, Arrays.stream(taps).mapToInt(t -> t.length).max().orElse(0));
      for (int n = 0; n < most; n++) {
        all.add(summand(n, taps, inputs, groups, channels));
      }
      summands = all.toArray(Summand[]::new);
    }

    private static Summand summand(
        int n, AxisMap.Tap[][] taps, int inputs, int groups, int channels) {
      int[] sources = new int[groups * taps.length];
      float[] weights = new float[sources.length * channels];
      for (int o = 0; o < sources.length; o++) {
        AxisMap.Tap[] summands = taps[o % taps.length];
        boolean there = n < summands.length;
        sources[o] = there ? o / taps.length * inputs + summands[n].input() : RowGather.NONE;
        float weight = there ? (float) summands[n].weight() : 0;
        Arrays.fill(weights, o * channels, (o + 1) * channels, weight);
      }
      return new Summand(new RowGather(sources, channels), weights, new float[weights.length]);
    }

    @Override
    public void sum(float[] row, float[] output) {
      for (Summand summand : summands) {
        summand.gather.pick(row, summand.picked);
      }
      scale(summands[0].weights, summands[0].picked, output);
      for (int n = 1; n < summands.length; n++) {
        add(summands[n].weights, summands[n].picked, output);
      }
    }

    private static void scale(float[] weights, float[] row, float[] sum) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] = weights[i] * row[i];
      }
    }

    private static void add(float[] weights, float[] row, float[] sum) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += weights[i] * row[i];
      }
    }
  }
}
