package dev.convoy.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.pass.ActivationRange;
import dev.convoy.op.DropoutOp.Granularity;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Impossible arguments are refused before anything is computed, naming the argument and value. */
final class RefusalTest {

  private static final TensorType X = f32(2, 4, 8, 8);
  private static final Conv2dOp CONV = new Conv2dOp(Window2d.of(3));
  private static final Window2d POOL = Window2d.of(2).stride(2);

  @ParameterizedTest(name = "{1}")
  @MethodSource("refusals")
  void refuses(Supplier<?> attempt, String named) {
    assertThatThrownBy(attempt::get)
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(named)
        .message()
        .doesNotContain("\n");
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
            windows(),
            convolutions(),
            transposedConvolutions(),
            pools(),
            paddings(),
            upsamplings(),
            unpoolings(),
            norms(),
            elementwise(),
            matrices(),
            shapes(),
            losses(),
            updates(),
            quantized())
        .flatMap(List::stream);
  }

  @Test
  void coversAtLeastOneHundredAndTwentyArguments() {
    assertThat(refusals()).hasSizeGreaterThanOrEqualTo(120);
  }

  private static Arguments refused(Supplier<?> attempt, String named) {
    return Arguments.of(attempt, named);
  }

  private static Supplier<?> infer(Op op, TensorType... inputs) {
    return () -> op.infer(List.of(inputs));
  }

  private static TensorType f32(int... dims) {
    return TensorType.of(DType.F32, dims);
  }

  private static TensorType i32(int... dims) {
    return TensorType.of(DType.I32, dims);
  }

  private static List<Arguments> windows() {
    return List.of(
        refused(() -> Window2d.of(0), "kernel height 0"),
        refused(() -> Window2d.of(3, -1), "kernel width -1"),
        refused(() -> Window2d.of(3).stride(0), "stride height 0"),
        refused(() -> Window2d.of(3).stride(1, -2), "stride width -2"),
        refused(() -> Window2d.of(3).dilation(0), "dilation height 0"),
        refused(() -> Window2d.of(3).dilation(1, -1), "dilation width -1"),
        refused(() -> Window2d.of(3).padding(-1), "padding -1"),
        refused(() -> new Padding2d(0, 0, 0, -3), "0, -3"),
        refused(() -> Window2d.of(9).outputHeight(8), "height 8"),
        refused(() -> Window2d.of(3).dilation(4).outputWidth(8), "kernel's span 9"),
        refused(() -> Window2d.of(3).dilation(2_000_000_000).outputWidth(8), "4000000001"));
  }

  private static List<Arguments> convolutions() {
    TensorType w = f32(6, 4, 3, 3);
    TensorType y = f32(2, 6, 6, 6);
    Conv2dOp.GradInput gradInput = new Conv2dOp.GradInput(CONV, X.shape());
    Conv2dOp.GradWeight gradWeight = new Conv2dOp.GradWeight(CONV, w, false);
    return List.of(
        refused(() -> new Conv2dOp(Window2d.of(3), 0), "groups 0"),
        refused(() -> new Conv2dOp(Window2d.of(3), -1), "groups -1"),
        refused(infer(new Conv2dOp(Window2d.of(3), 3), X, f32(6, 1, 3, 3)), "groups 3"),
        refused(infer(CONV, X), "takes 2 to 3 inputs, got 1"),
        refused(infer(CONV, f32(4, 8, 8), w), "input (C1)"),
        refused(infer(CONV, X, f32(6, 36)), "weight (C1)"),
        refused(infer(CONV, X, f32(6, 5, 3, 3)), "5 channels"),
        refused(infer(CONV, X, f32(6, 4, 5, 5)), "6×4×5×5"),
        refused(infer(CONV, X, w, f32(5)), "bias (C5)"),
        refused(infer(CONV, i32(2, 4, 8, 8), w), "input"),
        refused(infer(CONV, X, TensorType.of(DType.F64, 6, 4, 3, 3)), "weight"),
        refused(infer(CONV, f32(2, 4, 2, 8), w), "height 2"),
        refused(infer(gradInput, f32(2, 6, 5, 6), w), "2×6×5×6"),
        refused(infer(gradInput, y, f32(7, 4, 3, 3)), "output gradient"),
        refused(infer(gradWeight, X, f32(1, 6, 6, 6)), "1×6×6×6"),
        refused(infer(gradWeight, f32(2, 5, 8, 8), y), "4 channels"),
        refused(
            infer(new FusedConv2dOp(CONV, false, true, null), X, w, f32(2, 6, 5, 5)), "residual"));
  }

  private static List<Arguments> transposedConvolutions() {
    Window2d window = Window2d.of(3).stride(2);
    TransposedConv2d plain = new TransposedConv2d(window);
    TransposedConv2d grouped = new TransposedConv2d(window, 1, 0, 3);
    TransposedConv2d cropped = new TransposedConv2d(window.padding(20));
    return List.of(
        refused(() -> new TransposedConv2d(window, 0, 0, 0), "groups 0"),
        refused(() -> new TransposedConv2d(window, -1, 0, 1), "output padding height -1"),
        refused(() -> new TransposedConv2d(window, 0, 2, 1), "output padding width 2"),
        refused(() -> new TransposedConv2d(Window2d.of(3), 1, 0, 1), "larger of stride 1"),
        refused(transposed(plain, f32(4, 8, 8), f32(4, 6, 3, 3)), "input must have 4 axes"),
        refused(transposed(plain, X, f32(4, 6, 9)), "weight must have 4 axes"),
        refused(transposed(plain, X, f32(6, 4, 3, 3)), "expects 6 input channels"),
        refused(transposed(plain, X, f32(4, 6, 2, 3)), "kernel 3×3"),
        refused(transposed(grouped, X, f32(4, 2, 3, 3)), "groups 3 must divide the 4"),
        refused(transposed(cropped, X, f32(4, 6, 3, 3)), "(8−1)·2 − 20 − 20 + 3 + 0 = -23"),
        refused(transposed(plain, i32(2, 4, 8, 8), f32(4, 6, 3, 3)), "input"),
        refused(transposed(plain, X, TensorType.of(DType.F64, 4, 6, 3, 3)), "weight"),
        refused(
            transposed(
                new TransposedConv2d(Window2d.of(1).stride(1_000_000_000)), X, f32(4, 6, 1, 1)),
            "7000000001"));
  }

  private static Supplier<?> transposed(TransposedConv2d convolution, TensorType x, TensorType w) {
    return () -> {
      GraphBuilder builder = new GraphBuilder(false);
      return convolution.apply(builder.input("x", x), builder.input("w", w));
    };
  }

  private static List<Arguments> pools() {
    TensorType y = f32(2, 4, 4, 4);
    MaxPool2dOp.GradInput gradient = new MaxPool2dOp.GradInput(POOL, X.shape());
    AveragePool2dOp average = new AveragePool2dOp(POOL, true);
    return List.of(
        refused(infer(new MaxPool2dOp(Window2d.of(2).padding(2)), X), "wholly in the padding"),
        refused(infer(new MaxPool2dOp(Window2d.of(9)), X), "height 8"),
        refused(infer(new MaxPool2dOp(POOL), f32(8, 8)), "input (C1)"),
        refused(infer(new MaxPool2dOp(POOL), i32(2, 4, 8, 8)), "input"),
        refused(infer(gradient, f32(2, 4, 3, 4), i32(2, 4, 3, 4)), "2×4×3×4"),
        refused(infer(gradient, y, i32(2, 4, 4, 3)), "indices"),
        refused(infer(gradient, y, y), "indices"),
        refused(() -> new AveragePool2dOp(Window2d.of(2).dilation(2), true), "dilation 2"),
        refused(() -> new AveragePool2dOp(Window2d.of(2).padding(2), true), "padding"),
        refused(infer(average, f32(2, 4, 1, 8)), "height 1"),
        refused(
            infer(new AveragePool2dOp.GradInput(average, X.shape()), f32(2, 4, 8, 8)),
            "output gradient"));
  }

  private static List<Arguments> paddings() {
    PadOp reflect = new PadOp(Padding2d.all(8), PadOp.Mode.REFLECT);
    PadOp wide = new PadOp(new Padding2d(0, 0, 0, 8), PadOp.Mode.REFLECT);
    PadOp zero = new PadOp(Padding2d.all(1), PadOp.Mode.ZERO);
    PadOp huge = new PadOp(Padding2d.symmetric(Integer.MAX_VALUE, 0), PadOp.Mode.ZERO);
    PadOp large = new PadOp(Padding2d.all(40_000), PadOp.Mode.REPLICATE);
    return List.of(
        refused(() -> new PadOp(new Padding2d(-1, 0, 0, 0), PadOp.Mode.ZERO), "padding -1"),
        refused(infer(reflect, X), "must pad less than the picture's height 8 and width 8 (C2)"),
        refused(infer(wide, X), "right=8"),
        refused(infer(zero, f32(8, 8)), "input (C1)"),
        refused(infer(zero, i32(2, 4, 8, 8)), "input"),
        refused(infer(zero, X, X), "takes 1 inputs, got 2"),
        refused(infer(huge, X), "2147483647+2147483647 is 4294967302"),
        refused(infer(large, X), "80008×80008"),
        refused(infer(new PadOp.GradInput(zero, X.shape()), X), "output gradient"),
        refused(infer(new PadOp.GradInput(zero, X.shape()), i32(2, 4, 10, 10)), "output gradient"),
        refused(infer(new PadOp.GradInput(reflect, X.shape()), f32(2, 4, 24, 24)), "(C2)"));
  }

  private static List<Arguments> upsamplings() {
    Upsample2dOp twice = Upsample2dOp.nearest(16, 16);
    Upsample2dOp.Mode nearest = Upsample2dOp.Mode.NEAREST;
    Shape x = X.shape();
    BedOfNails2dOp nails = new BedOfNails2dOp(2);
    return List.of(
        refused(() -> Upsample2dOp.nearest(0, 4), "height 0"),
        refused(() -> Upsample2dOp.bilinear(4, -2), "width -2"),
        refused(() -> new Upsample2dOp(4, 4, nearest, true), "alignCorners true"),
        refused(() -> Upsample2dOp.by(0, 2, x, nearest, false), "factor height 0"),
        refused(() -> Upsample2dOp.by(2, -1, x, nearest, false), "factor width -1"),
        refused(() -> Upsample2dOp.by(2, 300_000_000, x, nearest, false), "300000000"),
        refused(() -> Upsample2dOp.by(2, 2, Shape.of(3, 4), nearest, false), "input (C1)"),
        refused(infer(twice, f32(4, 8, 8)), "input (C1)"),
        refused(infer(twice, i32(2, 4, 8, 8)), "input"),
        refused(infer(Upsample2dOp.nearest(60_000, 60_000), X), "60000×60000"),
        refused(infer(new Upsample2dOp.GradInput(twice, x), X), "output gradient"),
        refused(() -> new BedOfNails2dOp(0), "factor height 0"),
        refused(() -> new BedOfNails2dOp(2, -3), "factor width -3"),
        refused(infer(new BedOfNails2dOp(1 << 30, 1), X), "factor height 1073741824"),
        refused(infer(nails, f32(8, 8)), "input (C1)"),
        refused(infer(new BedOfNails2dOp.GradInput(nails, x), f32(2, 4, 16, 15)), "16×15"));
  }

  private static List<Arguments> unpoolings() {
    MaxUnpool2dOp unpool = new MaxUnpool2dOp(16, 16);
    MaxUnpool2dOp.GradInput gradient = new MaxUnpool2dOp.GradInput(unpool, X.shape());
    TensorType whole = f32(2, 4, 16, 16);
    return List.of(
        refused(() -> new MaxUnpool2dOp(0, 4), "height 0"),
        refused(() -> new MaxUnpool2dOp(4, -4), "width -4"),
        refused(infer(unpool, X), "takes 2 inputs, got 1"),
        refused(infer(unpool, f32(4, 8), i32(4, 8)), "values (C1)"),
        refused(infer(unpool, X, i32(2, 4, 8, 7)), "indices are i32[2×4×8×7]"),
        refused(infer(unpool, X, X), "indices are f32"),
        refused(infer(unpool, X, TensorType.of(DType.I64, 2, 4, 8, 8)), "indices are i64"),
        refused(infer(new MaxUnpool2dOp(60_000, 60_000), X, i32(2, 4, 8, 8)), "60000×60000"),
        refused(infer(gradient, f32(2, 4, 15, 16), i32(2, 4, 8, 8)), "2×4×15×16"),
        refused(infer(gradient, whole, i32(2, 4, 16, 16)), "indices"),
        refused(infer(gradient, i32(2, 4, 16, 16), i32(2, 4, 8, 8)), "output gradient"));
  }

  private static List<Arguments> norms() {
    TensorType c = f32(4);
    BatchNorm2dOp norm = new BatchNorm2dOp(1e-5, false);
    return List.of(
        refused(() -> new BatchNorm2dOp(0, false), "epsilon 0.0"),
        refused(() -> new BatchNorm2dOp(-1e-5, false), "epsilon -1.0E-5"),
        refused(() -> new BatchNorm2dOp.Inference(Double.NaN), "epsilon NaN"),
        refused(() -> new BatchNorm2dOp.Grad(-1, true), "epsilon -1.0"),
        refused(infer(norm, X, f32(5), c), "scale (C2)"),
        refused(infer(norm, X, c, f32(3)), "shift (C2)"),
        refused(infer(norm, f32(1, 4, 1, 1), c, c), "one value per channel"),
        refused(
            infer(new BatchNorm2dOp.Grad(1e-5, false), f32(1, 4, 1, 1), f32(1, 4, 1, 1), c, c, c),
            "one value per channel"),
        refused(infer(norm, f32(2, 4), c, c), "input (C1)"),
        refused(infer(new BatchNorm2dOp.Inference(1e-5), X, c, c, f32(2), c), "mean (C2)"),
        refused(infer(new BatchNorm2dOp.Grad(1e-5, false), f32(1, 4, 8, 8), X, c, c, c), "1×4×8×8"),
        refused(infer(new BatchNorm2dOp.Grad(1e-5, true), X, X, c, c, c, X), "mask"),
        refused(infer(new BatchNorm2dOp(1e-5, true, true), X, c, c, f32(2, 4, 8, 7)), "residual"),
        refused(() -> new BatchNorm2dOp.Grad(1e-5, true, false), "without a ReLU"),
        refused(() -> new LocalResponseNormOp(0, 1, 1, 1), "size 0"),
        refused(() -> new LocalResponseNormOp(-5, 1, 1, 1), "size -5"),
        refused(() -> new LocalResponseNormOp(5, -1e-4, 0.75, 2), "alpha -1.0E-4"),
        refused(() -> new LocalResponseNormOp(5, Double.NaN, 0.75, 2), "alpha NaN"),
        refused(() -> new LocalResponseNormOp(5, 1, Double.POSITIVE_INFINITY, 2), "beta Infinity"),
        refused(() -> new LocalResponseNormOp(5, 1, 0.75, 0), "k 0.0"),
        refused(() -> new LocalResponseNormOp(5, 1, 0.75, Double.NaN), "k NaN"),
        refused(infer(LocalResponseNormOp.ALEXNET, f32(4, 8, 8)), "input (C1)"),
        refused(infer(LocalResponseNormOp.ALEXNET, i32(2, 4, 8, 8)), "input"),
        refused(infer(LocalResponseNormOp.ALEXNET, X, X), "takes 1 inputs, got 2"),
        refused(
            infer(
                new LocalResponseNormOp.GradInput(LocalResponseNormOp.ALEXNET), f32(2, 4, 8, 7), X),
            "2×4×8×7"));
  }

  private static List<Arguments> elementwise() {
    return List.of(
        refused(() -> UnaryOp.leakyRelu(1), "slope 1.0"),
        refused(() -> UnaryOp.leakyRelu(-0.5), "slope -0.5"),
        refused(() -> UnaryOp.affine(Double.NaN, 0), "NaN"),
        refused(infer(UnaryOp.RELU, i32(3)), "i32[3]"),
        refused(infer(new UnaryOp.Grad(UnaryOp.RELU), f32(3), f32(4)), "f32[4]"),
        refused(() -> new UnaryOp.Grad(UnaryOp.affine(2, 1)), "constant 2.0"),
        refused(infer(BinaryOp.ADD, f32(2, 3), f32(2, 4)), "extents 3 and 4"),
        refused(infer(BinaryOp.MAXIMUM, f32(2, 3), f32(2, 4)), "extents 3 and 4"),
        refused(infer(BinaryOp.MINIMUM, i32(3), i32(3)), "i32[3]"),
        refused(infer(BinaryOp.STEP, f32(3), TensorType.of(DType.BF16, 3)), "bf16[3]"),
        refused(infer(new CastOp(DType.U8), f32(3)), "U8"),
        refused(infer(new CastOp(DType.F32), TensorType.of(DType.I64, 3)), "i64[3]"),
        refused(infer(BinaryOp.ADD, f32(3), TensorType.of(DType.BF16, 3)), "bf16[3]"),
        refused(() -> new DropoutOp(1, 0), "rate 1.0"),
        refused(() -> new DropoutOp(-0.1, 0), "rate -0.1"),
        refused(infer(new DropoutOp(0.5, 0), f32(3), i32(3)), "random key"),
        refused(infer(new DropoutOp(0.5, 0, Granularity.CHANNEL), f32(3, 4), i32(4)), "N×C×H×W"),
        refused(infer(new DropoutOp(0.5, 0, Granularity.SAMPLE), f32(), i32(4)), "first axis"),
        refused(infer(new DropoutOp(0.5, 0), i32(3), i32(4)), "i32[3]"),
        refused(infer(new SoftmaxOp(2, false), f32(3, 4)), "axis 2"),
        refused(infer(new SoftmaxOp(-1, false), f32(3, 4)), "axis -1"),
        refused(infer(new CastOp(DType.I32), f32(3)), "I32"),
        refused(infer(new CastOp(DType.F32), i32(3)), "i32[3]"));
  }

  private static List<Arguments> matrices() {
    MatmulOp product = new MatmulOp(false, false, DType.F32);
    return List.of(
        refused(infer(product, f32(2, 3), f32(4, 5)), "gives 3 features, the second takes 4"),
        refused(infer(product, f32(2, 3), f32(3)), "second matrix (C1)"),
        refused(infer(product, f32(2), f32(3, 4)), "first matrix (C1)"),
        refused(infer(product, f32(2, 3, 4), f32(3, 4)), "gives 4 features, the second takes 3"),
        refused(infer(product, f32(2, 3, 4), f32(3, 4, 5)), "batches of 2×3×4 and 3×4×5 differ"),
        refused(infer(product, f32(2, 1, 3, 4), f32(2, 4, 5)), "batches of 2×1×3×4"),
        refused(infer(product, i32(2, 3), f32(3, 5)), "first matrix"),
        refused(infer(product, f32(2, 3), TensorType.of(DType.BF16, 3, 5)), "second matrix"),
        refused(infer(product, f32(2, 3)), "takes 2 to 3 inputs, got 1"),
        refused(infer(product, f32(2, 3), f32(3, 5), f32(4)), "bias (C3)"),
        refused(infer(new MatmulOp(false, false, DType.I32), f32(2, 3), f32(3, 5)), "I32"));
  }

  private static List<Arguments> shapes() {
    return List.of(
        refused(() -> Shape.of(0), "shape 0"),
        refused(() -> Shape.of(4_194_305, 4_194_305, 3), "4194305×4194305×3"),
        refused(infer(new ReshapeOp(Shape.of(5)), f32(2, 3)), "6 elements"),
        refused(infer(new ConcatOp(2), f32(2, 3)), "axis 2"),
        refused(infer(new ConcatOp(1), f32(2, 3), f32(3, 3)), "3×3"),
        refused(infer(new SliceOp(1, 2, 2), f32(2, 3)), "[2, 4)"),
        refused(infer(new SliceOp(1, -1, 2), f32(2, 3)), "[-1, 1)"),
        refused(infer(new SliceOp(0, 0, 0), f32(2, 3)), "[0, 0)"),
        refused(infer(new SliceOp(3, 0, 1), f32(2, 3)), "axis 3"),
        refused(
            infer(new SliceOp.GradInput(new SliceOp(0, 0, 1), Shape.of(2, 3)), f32(2, 3)),
            "output gradient"),
        refused(() -> FlipOp.of(), "at least one axis"),
        refused(infer(FlipOp.of(2), f32(2, 3)), "axis 2"),
        refused(infer(FlipOp.of(-1), f32(2, 3)), "axis -1"),
        refused(infer(FlipOp.of(0)), "takes 1 inputs, got 0"),
        refused(() -> TransposeOp.of(0, 2), "[0, 2]"),
        refused(() -> TransposeOp.of(1, 1), "[1, 1]"),
        refused(() -> TransposeOp.of(-1, 0), "[-1, 0]"),
        refused(infer(TransposeOp.of(1, 0), f32(2, 3, 4)), "orders 2 axes"),
        refused(() -> ReduceOp.sum(true), "at least one axis"),
        refused(infer(ReduceOp.sum(true, 4), f32(2, 3)), "axis 4"),
        refused(infer(new BroadcastOp(Shape.of(4, 3)), f32(2, 3)), "4×3"));
  }

  private static List<Arguments> losses() {
    SoftmaxCrossEntropyOp loss = new SoftmaxCrossEntropyOp(0);
    return List.of(
        refused(() -> new SoftmaxCrossEntropyOp(-0.1), "-0.1"),
        refused(() -> new SoftmaxCrossEntropyOp(1.5), "1.5"),
        refused(infer(loss, f32(4, 3), i32(5)), "labels"),
        refused(infer(loss, f32(4, 3), f32(4)), "labels"),
        refused(infer(loss, f32(4), i32(4)), "logits"),
        refused(infer(loss, f32(4, 3, 2), i32(4, 2)), "logits (C1)"),
        refused(infer(loss, f32(4, 3, 2, 5), i32(4, 5, 2)), "labels (C2)"),
        refused(infer(loss, i32(4, 3), i32(4)), "logits"),
        refused(infer(loss, f32(4, 3), i32(4), f32(4)), "class weights (C3)"),
        refused(infer(loss, f32(4, 3), i32(4), f32(1, 3)), "class weights (C3)"),
        refused(infer(loss, f32(4, 3), i32(4), TensorType.of(DType.BF16, 3)), "class weights (C3)"),
        refused(infer(new LabelWeightOp(null, false), f32(4)), "labels (C1)"),
        refused(infer(new LabelWeightOp(null, false), i32()), "labels (C1)"),
        refused(infer(new LabelWeightOp(null, false), i32(4), i32(3)), "class weights (C2)"),
        refused(infer(new LabelWeightOp(null, false), i32(4), f32(3, 1)), "class weights (C2)"),
        refused(() -> new SoftmaxCrossEntropyOp(Double.NaN, 255), "NaN"),
        refused(infer(new SoftmaxCrossEntropyOp.Grad(loss), f32(5), f32(4, 3), i32(4)), "f32[5]"));
  }

  private static List<Arguments> updates() {
    return List.of(
        refused(() -> new SgdUpdateOp(1, 0, false), "momentum 1.0"),
        refused(() -> new SgdUpdateOp(-0.1, 0, false), "momentum -0.1"),
        refused(() -> new SgdUpdateOp(0.9, -1, false), "weight decay -1.0"),
        refused(() -> new SgdUpdateOp(0, 0, true), "Nesterov"),
        refused(infer(new SgdUpdateOp(0, 0, false), f32(3), f32(4), f32()), "f32[4]"),
        refused(() -> new AdamUpdateOp(1, 0.9, 1e-8, 0, false), "beta1 1.0"),
        refused(() -> new AdamUpdateOp(0.9, 1, 1e-8, 0, false), "beta2 1.0"),
        refused(() -> new AdamUpdateOp(0.9, 0.9, 0, 0, false), "epsilon 0.0"),
        refused(() -> new MovingAverageOp(1.1, 1), "momentum 1.1"),
        refused(infer(new MovingAverageOp(0.1, 1), f32(3), f32(2)), "f32[2]"));
  }

  private static List<Arguments> quantized() {
    Quantization u8 = new Quantization(DType.U8, 0.5);
    TensorType x = TensorType.of(DType.U8, 2, 4, 8, 8);
    TensorType w = TensorType.of(DType.I8, 6, 4, 3, 3);
    FusedConv2dOp fused = new FusedConv2dOp(CONV, false, false, null);
    FusedConv2dOp added = new FusedConv2dOp(CONV, false, true, null);
    QuantizedConv2dOp convolution = new QuantizedConv2dOp(fused, u8, null, u8);
    return List.of(
        refused(() -> new Quantization(DType.F32, 1), "type F32"),
        refused(() -> new Quantization(DType.I8, 0), "scale 0.0"),
        refused(() -> new Quantization(DType.I8, -1), "scale -1.0"),
        refused(() -> new Quantization(DType.U8, Double.NaN), "scale NaN"),
        refused(() -> new Quantization(DType.U8, Double.POSITIVE_INFINITY), "scale Infinity"),
        refused(infer(new QuantizeOp(u8), i32(3)), "input (C1)"),
        refused(infer(new DequantizeOp(u8), f32(3)), "input (C1) must be U8"),
        refused(infer(new DequantizeOp(u8), TensorType.of(DType.I8, 3)), "must be U8"),
        refused(infer(new QuantizeWeightOp(), f32(3)), "at least 2 axes"),
        refused(infer(new QuantizeWeightOp(), w), "weight must have a floating-point type"),
        refused(infer(convolution, X, w, f32(6)), "input (C1) must be U8"),
        refused(infer(convolution, x, f32(6, 4, 3, 3), f32(6)), "weight must be i8"),
        refused(
            infer(
                new QuantizedLinearOp(u8),
                TensorType.of(DType.U8, 1, 70_000),
                TensorType.of(DType.I8, 2, 70_000),
                f32(2)),
            "sums of 70000 products"),
        refused(infer(convolution, x, w, f32(4)), "scales"),
        refused(infer(convolution, x, w, i32(6)), "scales"),
        refused(infer(convolution, x, w), "takes 3 inputs, got 2"),
        refused(infer(convolution, x, TensorType.of(DType.I8, 6, 3, 3, 3), f32(6)), "(C3)"),
        refused(() -> new QuantizedConv2dOp(added, u8, null, u8), "both must be 8-bit"),
        refused(() -> new QuantizedConv2dOp(fused, u8, u8, u8), "both must be 8-bit"),
        refused(() -> new QuantizedConv2dOp(added, u8, u8, null), "both must be 8-bit"),
        refused(
            infer(new QuantizedConv2dOp(added, u8, u8, u8), x, w, f32(6), f32(2, 6, 6, 6)),
            "residual (C1)"),
        refused(infer(new QuantizedMaxPool2dOp(POOL), X), "must be u8 or i8"),
        refused(infer(new QuantizedLinearOp(u8), f32(2, 3), f32(4, 3), f32(4)), "input (C1)"),
        refused(infer(new QuantizedLinearOp(u8), x, w, f32(6)), "must have 2 axes"),
        refused(
            infer(
                new QuantizedLinearOp(u8),
                TensorType.of(DType.U8, 2, 3),
                TensorType.of(DType.I8, 4, 5),
                f32(4)),
            "(C2)"),
        refused(() -> new ActivationRange(Double.NaN, 1), "range from NaN"),
        refused(() -> new ActivationRange(2, 1), "range from 2.0 to 1.0"));
  }
}
