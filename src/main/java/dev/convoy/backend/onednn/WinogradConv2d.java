package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTransform.PATCH;
import static dev.convoy.backend.onednn.WinogradTransform.TAPS;
import static dev.convoy.backend.onednn.WinogradTransform.TILE;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
import dev.convoy.backend.onednn.WinogradGather.Finish;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions with 3×3 filters and stride 1 in f32, and their gradients, with a quarter of the
 * multiplications: 36 matrix products over transformed tiles ({@link WinogradTransform}). The
 * processor's arithmetic is the limit of such convolutions, so this is the only way past it.
 *
 * <p>Results differ from the direct sum by a few times its own rounding error; one NaN or infinite
 * input reaches all sixteen outputs of its tiles.
 */
final class WinogradConv2d {

  private static final int PLANES = PATCH * PATCH;

  /** Multiplications that could be done while one element of a plane of tiles is made or used. */
  private static final long TRANSFORM = 60;

  /** Multiplications that could be done while one weight comes from memory. */
  private static final long LOAD = 30;

  private final Lowering lowering;

  private WinogradConv2d(Lowering lowering) {
    this.lowering = lowering;
  }

  /**
   * Whether it is possible and pays.
   *
   * @param constant whether the filters are transformed once, not in every run
   */
  static boolean suits(
      Conv2dOp op, Value x, Value w, Value y, boolean constant, Lowering lowering) {
    return isPlain(op)
        && x.dtype() == DType.F32
        && w.dtype() == DType.F32
        && lowering.layout(x) == Layout.CHANNELS_LAST
        && lowering.layout(y) == Layout.CHANNELS_LAST
        && Math.max(x.type().bytes(), y.type().bytes()) <= Integer.MAX_VALUE
        && pays(x.shape().dim(1), y.shape(), constant);
  }

  private static boolean isPlain(Conv2dOp op) {
    Window2d window = op.window();
    return op.groups() == 1
        && window.equals(Window2d.of(TAPS).padding(window.padding()).rounding(window.rounding()))
        && Math.max(window.padding().top(), window.padding().bottom()) < TAPS
        && Math.max(window.padding().left(), window.padding().right()) < TAPS;
  }

  static boolean pays(int channels, Shape y, boolean constant) {
    long filters = (long) channels * y.dim(1);
    long pixels = (long) y.dim(0) * y.dim(2) * y.dim(3);
    long tiles = y.dim(0) * ceil(y.dim(2)) * ceil(y.dim(3));
    long direct = TAPS * TAPS * filters * (pixels + LOAD);
    long products = PLANES * filters * (tiles + LOAD);
    long transforms = PLANES * TRANSFORM * tiles * (channels + y.dim(1));
    long learned = constant ? 0 : PLANES * TRANSFORM * 2 * filters;
    return 5 * (products + transforms + learned) < 4 * direct;
  }

  private static long ceil(int extent) {
    return (extent + TILE - 1) / TILE;
  }

  /** y = finish(conv(x, w)). */
  static void forward(Conv2dOp op, Value x, Value w, Value y, Finish finish, Lowering lowering) {
    new WinogradConv2d(lowering).convolve(x, w, y, op.window().padding(), false, finish);
  }

  /** The convolution of y's gradient with the filters turned, their channels exchanged. */
  static void gradInput(Conv2dOp op, Value dy, Value w, Value dx, Lowering lowering) {
    Padding2d padding = op.window().padding();
    Padding2d turned =
        new Padding2d(
            TAPS - 1 - padding.top(),
            TAPS - 1 - padding.bottom(),
            TAPS - 1 - padding.left(),
            TAPS - 1 - padding.right());
    new WinogradConv2d(lowering).convolve(dy, w, dx, turned, true, Finish.NOTHING);
  }

  /** The gradients of the filters and, if wanted, of the bias. */
  static void gradWeight(Conv2dOp.GradWeight op, Node node, Lowering lowering) {
    new WinogradConv2d(lowering)
        .differentiate(
            node.input(0),
            node.input(1),
            node.output(0),
            op.bias() ? node.output(1) : null,
            op.forward().window().padding());
  }

  private void convolve(
      Value x, Value w, Value y, Padding2d padding, boolean turned, Finish finish) {
    int channels = x.shape().dim(1);
    int filters = y.shape().dim(1);
    WinogradTiles tiles = WinogradTiles.of(y.shape(), channels, padding);
    Storage inputs = planes(tiles.rows(), channels);
    Storage outputs = planes(tiles.rows(), filters);
    memory.desc left = matrices(tiles.rows(), channels);
    memory.desc products = matrices(tiles.rows(), filters);
    matmul.primitive_desc primitive =
        product(
            left,
            lowering.isConstant(w)
                ? Descriptors.any(DType.F32, PLANES, channels, filters)
                : matrices(channels, filters),
            products,
            OneDnn.attributes());
    Storage right = transformed(w, turned, primitive.weights_desc());
    Kernel multiply =
        new Call(lowering, primitive)
            .argument(dnnl.DNNL_ARG_SRC, inputs, left)
            .argument(dnnl.DNNL_ARG_WEIGHTS, right, primitive.weights_desc())
            .argument(dnnl.DNNL_ARG_DST, outputs, products)
            .prepare();
    Storage source = lowering.storage(x);
    Storage target = lowering.storage(y);
    WinogradScatter scatter = WinogradScatter.ofInput(tiles, pictures(x), source, inputs, lowering);
    WinogradGather gather =
        new WinogradGather(tiles, pictures(y), finish, outputs, target, lowering);
    Kernel kernel =
        () -> {
          for (int strip = 0; strip < tiles.count(); strip += tiles.chunk()) {
            scatter.run(strip);
            multiply.run();
            gather.run(strip);
          }
        };
    Storage bias = finish.bias();
    lowering.add(kernel, source, inputs, right, outputs, bias == null ? target : bias, target);
  }

  private void differentiate(Value x, Value dy, Value dw, @Nullable Value db, Padding2d padding) {
    int channels = x.shape().dim(1);
    int filters = dy.shape().dim(1);
    WinogradTiles tiles = WinogradTiles.of(dy.shape(), channels, padding);
    Storage inputs = planes(tiles.rows(), channels);
    Storage outputs = planes(tiles.rows(), filters);
    Storage sums = planes(channels, filters);
    Storage taps = lowering.temporary(dw.type().bytes());
    Storage source = lowering.storage(x);
    Storage upstream = lowering.storage(dy);
    WinogradScatter input = WinogradScatter.ofInput(tiles, pictures(x), source, inputs, lowering);
    WinogradScatter output =
        WinogradScatter.ofOutputGradient(tiles, pictures(dy), upstream, outputs, lowering);
    Kernel first = sum(tiles.rows(), inputs, channels, outputs, filters, sums, false);
    Kernel more = sum(tiles.rows(), inputs, channels, outputs, filters, sums, true);
    WinogradFilters gradient =
        new WinogradFilters(
            WinogradTransform.FILTER_GRADIENT, channels * filters, false, sums, taps, lowering);
    Storage biases = db == null ? taps : lowering.storage(db);
    WinogradBias bias =
        db == null ? null : new WinogradBias(tiles.rows(), filters, outputs, biases);
    Kernel kernel =
        () -> {
          for (int strip = 0; strip < tiles.count(); strip += tiles.chunk()) {
            input.run(strip);
            output.run(strip);
            (strip == 0 ? first : more).run();
            if (bias != null) {
              bias.add(strip == 0);
            }
          }
          gradient.run();
        };
    lowering.add(kernel, source, upstream, inputs, outputs, sums, taps, biases);
    lowering.reorder(taps, byTap(dw, false), lowering.storage(dw), lowering.describe(dw));
  }

  /** Products of transposed input planes with output planes, over all tiles of a chunk. */
  private Kernel sum(
      int rows,
      Storage inputs,
      int channels,
      Storage outputs,
      int filters,
      Storage sums,
      boolean add) {
    memory.desc left =
        Descriptors.strided(
            DType.F32,
            new long[] {PLANES, channels, rows},
            new long[] {(long) rows * channels, 1, channels});
    memory.desc right = matrices(rows, filters);
    memory.desc product = matrices(channels, filters);
    primitive_attr attributes = OneDnn.attributes();
    if (add) {
      post_ops after = new post_ops();
      after.append_sum();
      attributes.set_post_ops(after);
    }
    return new Call(lowering, product(left, right, product, attributes))
        .argument(dnnl.DNNL_ARG_SRC, inputs, left)
        .argument(dnnl.DNNL_ARG_WEIGHTS, outputs, right)
        .argument(dnnl.DNNL_ARG_DST, sums, product)
        .prepare();
  }

  /** The filters as 36 matrices in the order that the products want. */
  private Storage transformed(Value w, boolean turned, memory.desc order) {
    int weights = w.shape().dim(0) * w.shape().dim(1);
    Storage taps = lowering.converted(w, lowering.describe(w), byTap(w, turned));
    Storage planes = planes(w.shape().dim(0), w.shape().dim(1));
    WinogradFilters filters =
        new WinogradFilters(WinogradTransform.FILTER, weights, turned, taps, planes, lowering);
    lowering.add(filters::run, taps, planes);
    memory.desc plain =
        turned
            ? matrices(w.shape().dim(0), w.shape().dim(1))
            : matrices(w.shape().dim(1), w.shape().dim(0));
    if (order.equals(plain)) {
      return planes;
    }
    Storage ordered = lowering.temporary(order.get_size());
    lowering.reorder(planes, plain, ordered, order);
    return ordered;
  }

  /** F×C×3×3 with the taps outermost, then the axis that the convolution sums over. */
  private static memory.desc byTap(Value w, boolean turned) {
    long filters = w.shape().dim(0);
    long channels = w.shape().dim(1);
    long plane = filters * channels;
    return Descriptors.strided(
        DType.F32,
        Descriptors.dims(w.shape()),
        new long[] {turned ? channels : 1, turned ? 1 : filters, TAPS * plane, plane});
  }

  private Storage planes(int rows, int columns) {
    return lowering.temporary((long) PLANES * rows * columns * Float.BYTES);
  }

  private static memory.desc matrices(int rows, int columns) {
    return Descriptors.rowMajor(DType.F32, PLANES, rows, columns);
  }

  private static matmul.primitive_desc product(
      memory.desc left, memory.desc right, memory.desc product, primitive_attr attributes) {
    return new matmul.primitive_desc(
        OneDnn.ENGINE, left, right, new memory.desc(), product, attributes, false);
  }

  private Pictures pictures(Value value) {
    return Pictures.of(value.shape(), lowering.layout(value));
  }
}
