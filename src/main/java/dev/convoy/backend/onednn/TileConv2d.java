package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;

/**
 * Convolutions over small maps in bf16, and their input gradients, by {@code native/tile_conv2d.h}:
 * a tile of AMX takes one pixel of sixteen pictures, where oneDNN's take sixteen pixels of a row
 * and are half empty on a map of 7×7.
 */
final class TileConv2d {

  private static final String FILE = "tile_conv2d.h";

  /** Rows of a tile. */
  private static final int PICTURES = 16;

  /** Of channels and of filters that are multiplied at once. */
  private static final int STEP = 32;

  /** Of the smaller map; on larger ones oneDNN is as fast; measured. */
  private static final int MOST_PIXELS = 8 * 8;

  /** With several taps and weights that are learned, which it brings into its order slowly. */
  private static final int MOST_PIXELS_OF_LEARNED_TAPS = 16 * 16;

  /** Of the table: a transposed convolution may have large windows and strides. */
  private static final int MOST_ENTRIES = 1 << 16;

  private final Conv2dOp op;
  private final Value from;
  private final Value w;
  private final Value to;
  private final boolean turned;
  private final Lowering lowering;

  private TileConv2d(
      Conv2dOp op, Value from, Value w, Value to, boolean turned, Lowering lowering) {
    this.op = op;
    this.from = from;
    this.w = w;
    this.to = to;
    this.turned = turned;
    this.lowering = lowering;
  }

  /**
   * @param from what is convolved: x, or y's gradient
   * @param to what comes of it: y, or x's gradient
   */
  static boolean suits(Conv2dOp op, Value from, Value w, Value to, Lowering lowering) {
    return NativeKernels.HAS_TILES
        && from.dtype() == DType.BF16
        && to.dtype() == DType.BF16
        && w.dtype() == DType.F32
        && op.groups() == 1
        && from.shape().dim(0) % PICTURES == 0
        && from.shape().dim(1) % STEP == 0
        && to.shape().dim(1) % STEP == 0
        && (long) pixels(to) * pixels(w) <= MOST_ENTRIES
        && Math.min(pixels(from), pixels(to)) <= mostPixels(op, lowering.isConstant(w))
        && lowering.layout(from) == Layout.CHANNELS_LAST
        && lowering.layout(to) == Layout.CHANNELS_LAST
        && lowering.layout(w) == Layout.ROW_MAJOR;
  }

  private static int mostPixels(Conv2dOp op, boolean constant) {
    boolean one = op.window().equals(Window2d.of(1).rounding(op.window().rounding()));
    return one || constant ? MOST_PIXELS : MOST_PIXELS_OF_LEARNED_TAPS;
  }

  /** Of a map, or the taps of weights. */
  private static int pixels(Value map) {
    return map.shape().dim(2) * map.shape().dim(3);
  }

  /** y = finish(conv(x, w)). */
  static void forward(
      Conv2dOp op, Value x, Value w, Value y, Conv2dFinish finish, Lowering lowering) {
    new TileConv2d(op, x, w, y, false, lowering).lower(finish);
  }

  static void gradInput(Conv2dOp op, Value dy, Value w, Value dx, Lowering lowering) {
    new TileConv2d(op, dy, w, dx, true, lowering).lower(Conv2dFinish.NOTHING);
  }

  private void lower(Conv2dFinish finish) {
    List<int[]> rows = rows();
    LongPointer geometry =
        new LongPointer(
            from.shape().dim(0),
            pixels(from),
            from.shape().dim(1),
            rows.size(),
            to.shape().dim(1),
            pixels(w));
    IntPointer table = new IntPointer(rows.stream().flatMapToInt(Arrays::stream).toArray());
    Storage packed = pack(geometry);
    Storage source = lowering.storage(from);
    Storage target = lowering.storage(to);
    Storage bias = finish.bias();
    lowering.add(
        new NativeCall(
            FILE,
            () ->
                NativeKernels.tile_conv2d(
                    geometry,
                    table,
                    source.address(),
                    packed.address(),
                    bias == null ? 0 : bias.address(),
                    finish.residual(),
                    finish.relu(),
                    target.address())),
        source,
        packed,
        bias == null ? target : bias,
        target);
  }

  /** Constant weights are packed once, others in every run. */
  private Storage pack(LongPointer geometry) {
    Storage weights = lowering.storage(w);
    Storage packed = lowering.temporary((long) w.shape().count() * Short.BYTES);
    long ofChannels = pixels(w);
    long ofFilters = ofChannels * w.shape().dim(1);
    lowering.add(
        new NativeCall(
            FILE,
            Kernel.Role.WEIGHT_REORDER,
            () ->
                NativeKernels.tile_conv2d_weights(
                    geometry,
                    weights.address(),
                    turned ? ofChannels : ofFilters,
                    turned ? ofFilters : ofChannels,
                    packed.address())),
        weights,
        packed);
    return packed;
  }

  /**
   * A row for each pixel of the result: its number, then where each tap finds its pixel, or −1.
   * Pixels with the same taps come together, since two neighbours are computed at once.
   */
  private List<int[]> rows() {
    List<int[]> rows = new ArrayList<>();
    for (int i = 0; i < to.shape().dim(2); i++) {
      for (int j = 0; j < to.shape().dim(3); j++) {
        rows.add(row(i, j));
      }
    }
    rows.sort(Comparator.comparing(TileConv2d::missingTaps));
    return rows;
  }

  private static String missingTaps(int[] row) {
    StringBuilder missing = new StringBuilder();
    for (int tap = 1; tap < row.length; tap++) {
      missing.append(row[tap] < 0 ? '1' : '0');
    }
    return missing.toString();
  }

  private int[] row(int i, int j) {
    Window2d window = op.window();
    Shape source = from.shape();
    int[] row = new int[1 + pixels(w)];
    row[0] = i * to.shape().dim(3) + j;
    for (int u = 0; u < window.kernelHeight(); u++) {
      long h = along(i, u, window.strideHeight(), window.dilationHeight(), window.padding().top());
      for (int v = 0; v < window.kernelWidth(); v++) {
        long k = along(j, v, window.strideWidth(), window.dilationWidth(), window.padding().left());
        boolean inside = h >= 0 && h < source.dim(2) && k >= 0 && k < source.dim(3);
        row[1 + u * window.kernelWidth() + v] = inside ? (int) (h * source.dim(3) + k) : -1;
      }
    }
    return row;
  }

  /** Where a tap finds its pixel along one axis; for the gradient, −1 between the strides. */
  private long along(int pixel, int tap, long stride, long dilation, long padding) {
    if (!turned) {
      return pixel * stride - padding + tap * dilation;
    }
    long position = pixel + padding - tap * dilation;
    return position % stride == 0 ? position / stride : -1;
  }
}
