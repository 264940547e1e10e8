package dev.convoy.backend.onednn;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The weight gradient of a convolution in which every channel has a filter of its own: dw(c, u, v)
 * = Σ over n, i, j of x(n, c, i·s − p + u·d, j·s − p + v·d)·dy(n, c, i, j). Where channels lie
 * beside each other, oneDNN takes many times as long for it as for the convolution.
 *
 * <p>Each part of the loop goes through its rows of dy and sums a picture in f32, pictures in
 * double. The parts are the same in every run and are added in their order, so the bits are too.
 */
final class DepthwiseWeightGradient {

  /** Channels from which on loops over them pay. */
  private static final int MANY = 16;

  /** Most rows of x that are kept for the next row of dy. */
  private static final int MOST_KEPT = 7;

  private final Window2d window;
  private final Pictures x;
  private final Pictures dy;
  private final Sums[] sums = new Sums[ThreadTeam.SIZE];

  private DepthwiseWeightGradient(Window2d window, Pictures x, Pictures dy) {
    this.window = window;
    this.x = x;
    this.dy = dy;
  }

  /** Whether every channel has one filter, and there are enough for this kernel. */
  static boolean suits(Conv2dOp op, Value x, Value dy) {
    int channels = x.shape().dim(1);
    return op.groups() == channels && dy.shape().dim(1) == channels && channels >= MANY;
  }

  /**
   * @param source x, channels last
   * @param upstream dy, channels last
   */
  static void lower(Node node, Storage source, Storage upstream, Lowering lowering) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Value x = node.input(0);
    Value y = node.input(1);
    Value dw = node.output(0);
    Descriptors.requireSupported(dw.dtype());
    DepthwiseWeightGradient kernel =
        new DepthwiseWeightGradient(
            op.forward().window(),
            Pictures.of(x.shape(), Layout.CHANNELS_LAST),
            Pictures.of(y.shape(), Layout.CHANNELS_LAST));
    for (int part = 0; part < kernel.sums.length; part++) {
      kernel.sums[part] = kernel.new Sums(source, upstream, x.dtype());
    }
    Storage weights = lowering.storage(dw);
    long[] strides = lowering.layout(dw).strides(dw.shape());
    Storage biases = op.bias() ? lowering.storage(node.output(1)) : null;
    float[] written = new float[dw.shape().count()];
    int taps = op.forward().window().kernelHeight() * op.forward().window().kernelWidth();
    ThreadTeam.Part part = (index, from, to) -> kernel.sums[index].add(from, to);
    Storage[] touched =
        biases == null
            ? new Storage[] {source, upstream, weights}
            : new Storage[] {source, upstream, weights, biases};
    lowering.add(
        () -> {
          kernel.clear();
          ThreadTeam.run(kernel.dy.rows(), (long) kernel.dy.rowLength() * taps, part);
          kernel.write(weights, dw.dtype(), strides, biases, written);
        },
        touched);
  }

  private void clear() {
    for (Sums part : sums) {
      part.clear();
    }
  }

  private void write(
      Storage weights, DType dtype, long[] strides, @Nullable Storage biases, float[] written) {
    int width = window.kernelWidth();
    int taps = window.kernelHeight() * width;
    for (int tap = 0; tap < taps; tap++) {
      long start = tap / width * strides[2] + tap % width * strides[3];
      for (int channel = 0; channel < x.channels(); channel++) {
        written[(int) (channel * strides[0] + start)] = total(tap, channel);
      }
    }
    weights.rows(dtype).write(0, written, written.length);
    if (biases != null) {
      for (int channel = 0; channel < x.channels(); channel++) {
        written[channel] = total(taps, channel);
      }
      biases.rows(dtype).write(0, written, x.channels());
    }
  }

  private float total(int tap, int channel) {
    int place = sums[0].place(tap, channel);
    double total = 0;
    for (Sums part : sums) {
      total += part.totals[place];
    }
    return (float) total;
  }

  /** What one part of the loop sums: all taps, and after them dy itself for the bias. */
  private final class Sums {

    private final PixelRow[] kept;
    private final PixelRow upstream;
    private final int groups;
    private final int taps;

    /** Of a picture: for each tap and group its channels. */
    private final float[][] picture;

    private final double[] totals;
    private final float[] ones;

    Sums(Storage source, Storage upstreamSource, DType dtype) {
      kept = new PixelRow[Math.min(window.kernelHeight(), MOST_KEPT)];
      for (int i = 0; i < kept.length; i++) {
        kept[i] = new PixelRow(source, dtype, x);
      }
      upstream = new PixelRow(upstreamSource, dtype, dy);
      groups = upstream.groups;
      taps = window.kernelHeight() * window.kernelWidth();
      picture = new float[(taps + 1) * groups][x.channels() / groups];
      totals = new double[(taps + 1) * x.channels()];
      ones = new float[x.channels() / groups];
      Arrays.fill(ones, 1);
    }

    /** Where the total of a tap and channel is; channels of a group lie beside each other. */
    int place(int tap, int channel) {
      int group = channel % groups;
      return (tap * groups + group) * ones.length + channel / groups;
    }

    void clear() {
      Arrays.fill(totals, 0);
      upstream.forget();
      for (PixelRow row : kept) {
        row.forget();
      }
    }

    void add(int from, int to) {
      for (int row = from; row < to; row++) {
        addRow(row / dy.height(), row % dy.height());
        if (row + 1 == to || (row + 1) % dy.height() == 0) {
          addPicture();
        }
      }
    }

    private void addPicture() {
      int at = 0;
      for (float[] channels : picture) {
        for (float sum : channels) {
          totals[at++] += sum;
        }
        Arrays.fill(channels, 0);
      }
    }

    private void addRow(int number, int i) {
      upstream.read(number * dy.height() + i);
      for (int u = 0; u < window.kernelHeight(); u++) {
        long h =
            (long) i * window.strideHeight()
                - window.padding().top()
                + (long) u * window.dilationHeight();
        if (h >= 0 && h < x.height()) {
          PixelRow row = kept[(int) (h % kept.length)];
          row.read(number * x.height() + (int) h);
          for (int v = 0; v < window.kernelWidth(); v++) {
            addTap(row.pixels, v, u * window.kernelWidth() + v);
          }
        }
      }
      for (int j = 0; j < upstream.pixels.length; j++) {
        addProduct(upstream.pixels[j], ones, picture[taps * groups + j / dy.width()]);
      }
    }

    /** The columns of dy for which a column of the window lies in x. */
    private void addTap(float[][] row, int v, int tap) {
      int stride = window.strideWidth();
      long shift = (long) v * window.dilationWidth() - window.padding().left();
      int from = (int) Math.min(dy.width(), Math.max(0, -Math.floorDiv(shift, stride)));
      long last = Math.floorDiv(x.width() - 1 - shift, stride);
      int to = (int) Math.min(dy.width(), last + 1);
      for (int group = 0; group < groups; group++) {
        int first = (int) (group * x.width() + (from < to ? (long) from * stride + shift : 0));
        int start = group * dy.width();
        addProducts(row, first, stride, start + from, start + to, picture[tap * groups + group]);
      }
    }

    /** Four pixels at a time, so that the sum is read and written less often. */
    private void addProducts(float[][] row, int first, int stride, int from, int to, float[] sum) {
      float[][] d = upstream.pixels;
      int i = first;
      int j = from;
      for (; j + 4 <= to; j += 4, i += 4 * stride) {
        addFour(
            row[i],
            d[j],
            row[i + stride],
            d[j + 1],
            row[i + 2 * stride],
            d[j + 2],
            row[i + 3 * stride],
            d[j + 3],
            sum);
      }
      for (; j < to; j++, i += stride) {
        addProduct(row[i], d[j], sum);
      }
    }
  }

  private static void addFour(
      float[] a,
      float[] k,
      float[] b,
      float[] l,
      float[] c,
      float[] m,
      float[] d,
      float[] n,
      float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += a[i] * k[i] + b[i] * l[i] + (c[i] * m[i] + d[i] * n[i]);
    }
  }

  private static void addProduct(float[] a, float[] k, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += a[i] * k[i];
    }
  }
}
