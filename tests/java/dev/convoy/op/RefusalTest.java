package dev.convoy.op;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
            pools(),
            norms(),
            elementwise(),
            matrices(),
            shapes(),
            losses(),
            updates())
        .flatMap(List::stream);
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

  private static List<Arguments> norms() {
    TensorType c = f32(4);
    BatchNorm2dOp norm = new BatchNorm2dOp(1e-5, false);
    return List.of(
        refused(() -> new BatchNorm2dOp(0, false), "epsilon 0.0"),
        refused(() -> new BatchNorm2dOp(-1e-5, false), "epsilon -1.0E-5"),
        refused(() -> new BatchNorm2dOp.Inference(Double.NaN), "epsilon NaN"),
        refused(infer(norm, X, f32(5), c), "scale (C2)"),
        refused(infer(norm, X, c, f32(3)), "shift (C2)"),
        refused(infer(norm, f32(1, 4, 1, 1), c, c), "one value per channel"),
        refused(infer(norm, f32(2, 4), c, c), "input (C1)"),
        refused(infer(new BatchNorm2dOp.Inference(1e-5), X, c, c, f32(2), c), "mean (C2)"),
        refused(infer(new BatchNorm2dOp.Grad(1e-5, false), f32(1, 4, 8, 8), X, c, c, c), "1×4×8×8"),
        refused(infer(new BatchNorm2dOp.Grad(1e-5, true), X, X, c, c, c, X), "mask"),
        refused(infer(new BatchNorm2dOp(1e-5, true, true), X, c, c, f32(2, 4, 8, 7)), "residual"),
        refused(() -> new BatchNorm2dOp.Grad(1e-5, true, false), "without a ReLU"));
  }

  private static List<Arguments> elementwise() {
    return List.of(
        refused(() -> UnaryOp.leakyRelu(1), "slope 1.0"),
        refused(() -> UnaryOp.leakyRelu(-0.5), "slope -0.5"),
        refused(() -> UnaryOp.affine(Double.NaN, 0), "NaN"),
        refused(infer(UnaryOp.RELU, i32(3)), "i32[3]"),
        refused(infer(new UnaryOp.Grad(UnaryOp.RELU), f32(3), f32(4)), "f32[4]"),
        refused(infer(BinaryOp.ADD, f32(2, 3), f32(2, 4)), "extents 3 and 4"),
        refused(infer(BinaryOp.ADD, f32(3), TensorType.of(DType.BF16, 3)), "bf16[3]"),
        refused(() -> new DropoutOp(1, 0), "rate 1.0"),
        refused(() -> new DropoutOp(-0.1, 0), "rate -0.1"),
        refused(infer(new DropoutOp(0.5, 0), f32(3), i32(3)), "random key"),
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
        refused(infer(product, f32(2, 3, 4), f32(3, 4)), "first matrix (C1)"),
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
}
