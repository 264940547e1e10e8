package dev.convoy.data;

/**
 * For each output position along one axis, which input positions it averages and by how much.
 *
 * <p>The triangle filter of half-width max(1, in/out) around the output pixel's centre, weights
 * scaled to sum 1, then rounded to fixed point with 22 fraction bits: Pillow's precision, which
 * leaves two bits of an {@code int} beside a byte. Operations come in Pillow's order, so that every
 * rounding is the same.
 */
final class ResizeWeights {

  /** One half in fixed point: sums begin with it, so that dropping the fraction rounds. */
  static final int HALF = 1 << 21;

  private static final int FRACTION_BITS = 22;

  private final int[] first;
  private final int[] taps;
  private final int[] weights;
  private final int stride;

  private ResizeWeights(int out, int stride) {
    this.first = new int[out];
    this.taps = new int[out];
    this.stride = stride;
    this.weights = new int[Math.multiplyExact(out, stride)];
  }

  static ResizeWeights bilinear(int in, int out) {
    double scale = (double) in / out;
    double support = Math.max(scale, 1.0);
    ResizeWeights table = new ResizeWeights(out, (int) Math.ceil(support) * 2 + 1);
    double[] triangle = new double[table.stride];
    for (int position = 0; position < out; position++) {
      double center = (position + 0.5) * scale;
      int from = Math.max((int) (center - support + 0.5), 0);
      int count = Math.min((int) (center + support + 0.5), in) - from;
      double sum = 0;
      for (int tap = 0; tap < count; tap++) {
        double distance = (tap + from - center + 0.5) * (1.0 / support);
        triangle[tap] = Math.max(1.0 - Math.abs(distance), 0.0);
        sum += triangle[tap];
      }
      table.first[position] = from;
      table.taps[position] = count;
      for (int tap = 0; tap < count; tap++) {
        table.weights[position * table.stride + tap] =
            (int) (0.5 + triangle[tap] / sum * (1 << FRACTION_BITS));
      }
    }
    return table;
  }

  /** First input position that counts. */
  int first(int position) {
    return first[position];
  }

  /** Number of input positions that count. */
  int taps(int position) {
    return taps[position];
  }

  /** Share of an input position, in units of 2⁻²². */
  int weight(int position, int tap) {
    return weights[position * stride + tap];
  }

  static byte toByte(int sum) {
    return (byte) Math.min(sum >> FRACTION_BITS, 255);
  }
}
