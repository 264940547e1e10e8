package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTiles.PLANES;
import static dev.convoy.backend.onednn.WinogradTiles.TAPS;
import static dev.convoy.backend.onednn.WinogradTiles.TILE;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
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
import org.bytedeco.javacpp.LongPointer;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions with 3×3 filters and stride 1 in f32, and their gradients, with a quarter of the
 * multiplications: 36 matrix products of oneDNN's over tiles that {@code native/winograd.h} has
 * transformed. The processor's arithmetic is the limit of such convolutions, so this is the only
 * way past it.
 *
 * <p>Results differ from the direct sum by a few times its own rounding error; one NaN or infinite
 * input reaches all sixteen outputs of its tiles.
 */
final class WinogradConv2d {

  private static final String FILE = "winograd.h";

  /** Multiplications that could be done while one element of a plane of tiles is made or used. */
  private static final long TRANSFORM = 20;

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
    return NativeKernels.AVAILABLE
        && isPlain(op)
        && x.dtype() == DType.F32
        && w.dtype() == DType.F32
        && lowering.layout(x) == Layout.CHANNELS_LAST
        && lowering.layout(y) == Layout.CHANNELS_LAST
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
  static void forward(
      Conv2dOp op, Value x, Value w, Value y, Conv2dFinish finish, Lowering lowering) {
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
    new WinogradConv2d(lowering).convolve(dy, w, dx, turned, true, Conv2dFinish.NOTHING);
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
      Value x, Value w, Value y, Padding2d padding, boolean turned, Conv2dFinish finish) {
    int channels = x.shape().dim(1);
    int filters = y.shape().dim(1);
    WinogradTiles tiles = WinogradTiles.of(y.shape(), channels);
    Storage inputs = planes(tiles.chunk(), channels);
    Storage outputs = planes(tiles.chunk(), filters);
    memory.desc left = matrices(tiles.chunk(), channels);
    memory.desc products = matrices(tiles.chunk(), filters);
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
    LongPointer into = tiles.in(x.shape(), padding);
    LongPointer outOf = tiles.in(y.shape(), Padding2d.NONE);
    Kernel kernel =
        () -> {
          for (int first = 0; first < tiles.count(); first += tiles.chunk()) {
            NativeKernels.winograd_scatter_input(into, source.address(), inputs.address(), first);
            multiply.run();
            NativeKernels.winograd_gather(
                outOf,
                outputs.address(),
                finish.bias() == null ? 0 : finish.bias().address(),
                finish.residual(),
                finish.relu(),
                target.address(),
                first);
          }
        };
    Storage bias = finish.bias();
    lowering.add(
        new NativeCall(FILE, kernel),
        source,
        inputs,
        right,
        outputs,
        bias == null ? target : bias,
        target);
  }

  private void differentiate(Value x, Value dy, Value dw, @Nullable Value db, Padding2d padding) {
    int channels = x.shape().dim(1);
    int filters = dy.shape().dim(1);
    WinogradTiles tiles = WinogradTiles.of(dy.shape(), channels);
    Storage inputs = planes(tiles.chunk(), channels);
    Storage outputs = planes(tiles.chunk(), filters);
    Storage sums = planes(channels, filters);
    long plane = WinogradTiles.plane(channels, filters);
    Storage taps = lowering.temporary(dw.type().bytes());
    Storage source = lowering.storage(x);
    Storage upstream = lowering.storage(dy);
    LongPointer into = tiles.in(x.shape(), padding);
    LongPointer outOf = tiles.in(dy.shape(), Padding2d.NONE);
    Kernel first = sum(tiles.chunk(), inputs, channels, outputs, filters, sums, false);
    Kernel more = sum(tiles.chunk(), inputs, channels, outputs, filters, sums, true);
    Storage biases = db == null ? taps : lowering.storage(db);
    WinogradBias bias =
        db == null ? null : new WinogradBias(tiles.chunk(), filters, outputs, biases);
    Kernel kernel =
        () -> {
          for (int tile = 0; tile < tiles.count(); tile += tiles.chunk()) {
            NativeKernels.winograd_scatter_input(into, source.address(), inputs.address(), tile);
            NativeKernels.winograd_scatter_gradient(
                outOf, upstream.address(), outputs.address(), tile);
            (tile == 0 ? first : more).run();
            if (bias != null) {
              bias.add(tile == 0);
            }
          }
          NativeKernels.winograd_filter_gradient(
              (long) channels * filters, plane, sums.address(), taps.address());
        };
    lowering.add(
        new NativeCall(FILE, kernel), source, upstream, inputs, outputs, sums, taps, biases);
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
            new long[] {WinogradTiles.plane(rows, channels), 1, channels});
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
    int summed = w.shape().dim(turned ? 0 : 1);
    Storage taps = lowering.converted(w, lowering.describe(w), byTap(w, turned));
    Storage planes = planes(summed, weights / summed);
    long plane = WinogradTiles.plane(summed, weights / summed);
    lowering.add(
        new NativeCall(
            FILE,
            () ->
                NativeKernels.winograd_filter(
                    weights, plane, turned, taps.address(), planes.address())),
        taps,
        planes);
    memory.desc plain = matrices(summed, weights / summed);
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
    return lowering.temporary(PLANES * WinogradTiles.plane(rows, columns) * Float.BYTES);
  }

  private static memory.desc matrices(int rows, int columns) {
    return Descriptors.strided(
        DType.F32,
        new long[] {PLANES, rows, columns},
        new long[] {WinogradTiles.plane(rows, columns), columns, 1});
  }

  private static matmul.primitive_desc product(
      memory.desc left, memory.desc right, memory.desc product, primitive_attr attributes) {
    return new matmul.primitive_desc(
        OneDnn.ENGINE, left, right, new memory.desc(), product, attributes, false);
  }
}
