package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/**
 * Local response normalisation, pixel by pixel: with channels last a pixel's channels are one row.
 * oneDNN's own primitive takes size−1 channels where the size is even, and is fast for few sizes
 * and exponents only.
 */
final class LocalResponseNormOneDnn {

  private LocalResponseNormOneDnn() {}

  static void forward(Node node, Lowering lowering) {
    LocalResponseNormOp op = (LocalResponseNormOp) node.op();
    Value x = node.input(0);
    Value y = node.output(0);
    Storage source = channelsLast(x, lowering);
    Storage target = lowering.storage(y);
    DType dtype = x.dtype();
    int channels = x.shape().dim(1);
    ChannelRow[] rows = ChannelRow.forEachPart(op, channels);
    ThreadTeam.Part part =
        (index, from, to) -> rows[index].forward(source.rows(dtype), target.rows(dtype), from, to);
    int pixels = pixels(x.shape());
    lowering.add(() -> ThreadTeam.run(pixels, channels, part), source, target);
  }

  static void gradInput(Node node, Lowering lowering) {
    LocalResponseNormOp op = ((LocalResponseNormOp.GradInput) node.op()).forward();
    Value x = node.input(1);
    Storage upstream = channelsLast(node.input(0), lowering);
    Storage source = channelsLast(x, lowering);
    Storage target = lowering.storage(node.output(0));
    DType dtype = x.dtype();
    int channels = x.shape().dim(1);
    ChannelRow[] rows = ChannelRow.forEachPart(op, channels);
    ThreadTeam.Part part =
        (index, from, to) ->
            rows[index].gradient(
                upstream.rows(dtype), source.rows(dtype), target.rows(dtype), from, to);
    int pixels = pixels(x.shape());
    lowering.add(() -> ThreadTeam.run(pixels, channels, part), upstream, source, target);
  }

  private static Storage channelsLast(Value value, Lowering lowering) {
    return lowering.converted(
        value, lowering.describe(value), Descriptors.of(value.type(), Layout.CHANNELS_LAST));
  }

  private static int pixels(Shape shape) {
    return shape.count() / shape.dim(1);
  }

  /** One thread's place for the channels of a pixel. */
  private static final class ChannelRow {

    private final int channels;
    private final int before;
    private final int after;
    private final float k;
    private final float share;
    private final float gradientShare;
    private final double exponent;
    private final float[] x;
    private final float[] dy;
    private final float[] squares;
    private final float[] divisors;
    private final float[] factors;
    private final float[] result;

    private ChannelRow(LocalResponseNormOp op, int channels) {
      this.channels = channels;
      before = Math.min(op.before(), channels - 1);
      after = Math.min(op.after(), channels - 1);
      k = (float) op.k();
      share = (float) (op.alpha() / op.size());
      gradientShare = (float) (-2 * op.alpha() * op.beta() / op.size());
      exponent = -op.beta();
      x = new float[channels];
      dy = new float[channels];
      squares = new float[channels];
      divisors = new float[channels];
      factors = new float[channels];
      result = new float[channels];
    }

    static ChannelRow[] forEachPart(LocalResponseNormOp op, int channels) {
      ChannelRow[] rows = new ChannelRow[ThreadTeam.SIZE];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = new ChannelRow(op, channels);
      }
      return rows;
    }

    void forward(FloatRows source, FloatRows target, int from, int to) {
      for (int pixel = from; pixel < to; pixel++) {
        source.read(pixel * channels, x, channels);
        normalise();
        for (int c = 0; c < channels; c++) {
          result[c] = x[c] * factors[c];
        }
        target.write(pixel * channels, result, channels);
      }
    }

    void gradient(FloatRows upstream, FloatRows source, FloatRows target, int from, int to) {
      for (int pixel = from; pixel < to; pixel++) {
        source.read(pixel * channels, x, channels);
        upstream.read(pixel * channels, dy, channels);
        normalise();
        for (int c = 0; c < channels; c++) {
          squares[c] = dy[c] * x[c] * factors[c] / divisors[c];
        }
        sumWindows(squares, after, before, result);
        for (int c = 0; c < channels; c++) {
          result[c] = dy[c] * factors[c] + gradientShare * x[c] * result[c];
        }
        target.write(pixel * channels, result, channels);
      }
    }

    /** From x: divisors s and factors s^−β. */
    private void normalise() {
      for (int c = 0; c < channels; c++) {
        squares[c] = x[c] * x[c];
      }
      sumWindows(squares, before, after, divisors);
      for (int c = 0; c < channels; c++) {
        divisors[c] = k + share * divisors[c];
      }
      if (exponent == -0.75) {
        for (int c = 0; c < channels; c++) {
          float root = (float) Math.sqrt(divisors[c]);
          factors[c] = 1 / (root * (float) Math.sqrt(root));
        }
      } else {
        for (int c = 0; c < channels; c++) {
          factors[c] = (float) Math.pow(divisors[c], exponent);
        }
      }
    }

    /** Offset by offset, so that the inner loop runs over neighbouring channels. */
    private void sumWindows(float[] values, int behind, int ahead, float[] sums) {
      System.arraycopy(values, 0, sums, 0, channels);
      for (int offset = 1; offset <= ahead; offset++) {
        for (int c = 0; c < channels - offset; c++) {
          sums[c] += values[c + offset];
        }
      }
      for (int offset = 1; offset <= behind; offset++) {
        for (int c = offset; c < channels; c++) {
          sums[c] += values[c - offset];
        }
      }
    }
  }
}
