package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.parameter;

import dev.convoy.conformance.OpCase.Input;
import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Operators on 8-bit integers. All scales are powers of two and all biases multiples of them, so
 * that every number before the last rounding is exact and results must be equal, ties included.
 */
final class QuantizedCases {

  private static final Quantization U8 = new Quantization(DType.U8, 0x1p-5);
  private static final Quantization I8 = new Quantization(DType.I8, 0x1p-4);

  private record Geometry(
      String name, Window2d window, int groups, int batch, int channels, int filters, int size) {

    Conv2dOp op() {
      return new Conv2dOp(window, groups);
    }

    Shape y() {
      return Shape.of(batch, filters, window.outputHeight(size), window.outputWidth(size));
    }
  }

  private static final List<Geometry> GEOMETRIES =
      List.of(
          new Geometry("3×3 padded", Window2d.of(3).padding(1), 1, 2, 16, 32, 9),
          new Geometry("1×1", Window2d.of(1), 1, 3, 16, 24, 5),
          new Geometry("1×1 stride 2", Window2d.of(1).stride(2), 1, 1, 64, 64, 7),
          new Geometry("7×7 stride 2", Window2d.of(7).stride(2).padding(3), 1, 2, 3, 16, 23),
          new Geometry("odd channels", Window2d.of(3).padding(1), 1, 1, 5, 7, 6),
          new Geometry("one channel", Window2d.of(2, 3), 1, 1, 1, 1, 5),
          new Geometry(
              "padded on one side",
              Window2d.of(3).stride(2).padding(new Padding2d(0, 1, 0, 1)),
              1,
              1,
              8,
              8,
              8),
          new Geometry("dilation", Window2d.of(3).dilation(2).padding(2), 1, 1, 8, 16, 9),
          new Geometry("groups", Window2d.of(3).padding(1), 4, 1, 16, 32, 7),
          new Geometry("depthwise", Window2d.of(3).padding(1), 16, 2, 16, 16, 7),
          new Geometry("depthwise, odd", Window2d.of(5).stride(2).padding(2), 5, 1, 5, 5, 9));

  private QuantizedCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (Quantization type : List.of(U8, I8)) {
      cases.add(OpCase.of("to " + type.dtype(), new QuantizeOp(type), activation(2, 3, 5, 7)));
      cases.add(OpCase.of("rows to " + type.dtype(), new QuantizeOp(type), activation(4, 9)));
      cases.add(
          OpCase.of("from " + type.dtype(), new DequantizeOp(type), integers(type, 2, 16, 4, 4)));
      for (Geometry geometry : GEOMETRIES) {
        cases.addAll(convolutions(geometry, type));
      }
      cases.addAll(others(type));
      cases.addAll(linear(type));
    }
    cases.addAll(weights());
    return cases;
  }

  private static List<OpCase> convolutions(Geometry g, Quantization input) {
    return List.of(
        convolution(g, input, UnaryOp.RELU, null, new Quantization(DType.U8, 1)),
        convolution(g, input, null, null, new Quantization(DType.I8, 2)),
        convolution(g, input, null, null, null),
        convolution(g, input, UnaryOp.RELU, U8, new Quantization(DType.U8, 1)),
        convolution(g, input, UnaryOp.RELU, I8, new Quantization(DType.U8, 2)),
        convolution(g, input, null, U8, new Quantization(DType.I8, 4)));
  }

  /** Every term is a multiple of 2⁻¹³ and the sums stay far below 2¹¹: f32 holds all of them. */
  private static OpCase convolution(
      Geometry g,
      Quantization input,
      @Nullable UnaryOp activation,
      @Nullable Quantization residual,
      @Nullable Quantization output) {
    FusedConv2dOp fused = new FusedConv2dOp(g.op(), true, residual != null, activation);
    List<Input> inputs = new ArrayList<>();
    inputs.add(integers(input, g.batch, g.channels, g.size, g.size));
    inputs.add(
        integers(
            I8, g.filters, g.channels / g.groups, g.window.kernelHeight(), g.window.kernelWidth()));
    inputs.add(exact(parameter(g.filters), v -> v > 0 ? 0x1p-7 : 0x1p-8));
    inputs.add(exact(parameter(g.filters), v -> Math.rint(v * 64) / 8));
    if (residual != null) {
      inputs.add(integers(residual, g.y().dims()));
    }
    String name =
        "%s, %s to %s%s%s"
            .formatted(
                g.name,
                input.dtype(),
                output == null ? DType.F32 : output.dtype(),
                residual == null ? "" : ", residual " + residual.dtype(),
                activation == null ? "" : ", " + activation.name());
    return new OpCase(
        name, new QuantizedConv2dOp(fused, input, residual, output), List.copyOf(inputs), true);
  }

  private static List<OpCase> others(Quantization type) {
    List<OpCase> cases = new ArrayList<>();
    for (Window2d window :
        List.of(
            Window2d.of(2).stride(2),
            Window2d.of(3).stride(2).padding(1),
            Window2d.of(3).stride(2).rounding(Window2d.Rounding.CEIL),
            Window2d.of(2, 3).stride(1, 2).padding(new Padding2d(1, 0, 1, 1)))) {
      QuantizedMaxPool2dOp pool = new QuantizedMaxPool2dOp(window);
      String name = type.dtype() + " " + window;
      cases.add(OpCase.of(name, pool, integers(type, 2, 16, 8, 9)));
      cases.add(OpCase.of(name + ", one picture", pool, integers(type, 1, 5, 7, 7)));
    }
    // Sums of a whole window overflow 16 bits, in which CPUs without VNNI would add.
    Geometry large = new Geometry("largest", Window2d.of(3), 1, 1, 64, 16, 5);
    OpCase full = convolution(large, type, null, null, null);
    List<Input> extremes = new ArrayList<>(full.inputs());
    double top = type.dtype() == DType.U8 ? 255 : 127;
    extremes.set(0, with(extremes.get(0), top));
    extremes.set(1, with(extremes.get(1), 127));
    cases.add(new OpCase("largest, " + type.dtype(), full.op(), extremes, true));
    return cases;
  }

  private static List<OpCase> linear(Quantization type) {
    List<OpCase> cases = new ArrayList<>();
    for (int[] extents : new int[][] {{4, 64, 32}, {1, 7, 5}, {3, 1, 1}, {17, 130, 10}}) {
      Input x = integers(type, extents[0], extents[1]);
      Input w = integers(I8, extents[2], extents[1]);
      Input scales = exact(parameter(extents[2]), v -> v > 0 ? 0x1p-7 : 0x1p-8);
      Input bias = exact(parameter(extents[2]), v -> Math.rint(v * 64) / 8);
      String name = "%s %d×%d×%d".formatted(type.dtype(), extents[0], extents[1], extents[2]);
      QuantizedLinearOp op = new QuantizedLinearOp(type);
      cases.add(new OpCase(name, op, List.of(x, w, scales, bias), true));
      cases.add(new OpCase(name + ", no bias", op, List.of(x, w, scales), true));
    }
    return cases;
  }

  private static List<OpCase> weights() {
    QuantizeWeightOp op = new QuantizeWeightOp();
    Input zeros = with(parameter(3, 4, 1, 1), 0);
    return List.of(
        OpCase.of("3×3", op, parameter(8, 5, 3, 3)),
        OpCase.of("rows", op, parameter(6, 40)),
        OpCase.of("one", op, parameter(1, 1, 1, 1)),
        OpCase.of("zeros", op, zeros));
  }

  /** Of the type's whole range, few of them large. */
  private static Input integers(Quantization type, int... dims) {
    boolean unsigned = type.dtype() == DType.U8;
    Input input = OpCase.normal(unsigned ? Kind.U8 : Kind.I8, 5, dims);
    return exact(input, v -> Math.rint(unsigned ? v * v * 113 : v * v * v * 37));
  }

  private static Input with(Input input, double value) {
    return exact(input, v -> value);
  }

  private static Input exact(Input input, DoubleUnaryOperator change) {
    return new Input(
        input.kind(), input.shape(), Arrays.stream(input.values()).map(change).toArray());
  }
}
