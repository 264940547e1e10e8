package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;
import static dev.convoy.conformance.OpCase.parameter;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Convolution, its gradients and its fused form over one table of geometries. */
final class Conv2dCases {

  private record Geometry(
      String name,
      Window2d window,
      int groups,
      int batch,
      int channels,
      int filters,
      int h,
      int w) {

    Conv2dOp op() {
      return new Conv2dOp(window, groups);
    }

    int[] x() {
      return new int[] {batch, channels, h, w};
    }

    int[] weight() {
      return new int[] {filters, channels / groups, window.kernelHeight(), window.kernelWidth()};
    }

    int[] y() {
      return new int[] {batch, filters, window.outputHeight(h), window.outputWidth(w)};
    }
  }

  private static final List<Geometry> GEOMETRIES =
      List.of(
          new Geometry("3×3 padded", Window2d.of(3).padding(1), 1, 2, 8, 16, 9, 7),
          new Geometry("1×1", Window2d.of(1), 1, 3, 16, 24, 5, 5),
          new Geometry("1×3", Window2d.of(1, 3), 1, 2, 5, 7, 6, 8),
          new Geometry("3×1", Window2d.of(3, 1), 1, 2, 5, 7, 6, 8),
          new Geometry("11×11 stride 4", Window2d.of(11).stride(4).padding(2), 1, 1, 3, 8, 35, 35),
          new Geometry("7×7 stride 2", Window2d.of(7).stride(2).padding(3), 1, 2, 3, 16, 21, 23),
          new Geometry("stride that does not divide", Window2d.of(3).stride(2), 1, 2, 4, 6, 10, 8),
          new Geometry("one channel, one filter", Window2d.of(5), 1, 1, 1, 1, 9, 9),
          new Geometry("5×5 to 10 filters", Window2d.of(5).padding(2), 1, 1, 3, 10, 32, 32),
          new Geometry(
              "asymmetric padding",
              Window2d.of(3).padding(new Padding2d(0, 2, 1, 3)),
              1,
              2,
              4,
              5,
              6,
              5),
          new Geometry("dilation 2", Window2d.of(3).dilation(2).padding(2), 1, 2, 6, 9, 11, 10),
          new Geometry(
              "dilation 2×3 stride 2",
              Window2d.of(3, 2).dilation(2, 3).stride(2),
              1,
              1,
              4,
              8,
              12,
              13),
          new Geometry("two groups", Window2d.of(3).padding(1), 2, 2, 8, 12, 7, 7),
          new Geometry("odd groups", Window2d.of(3), 3, 2, 9, 6, 6, 6),
          new Geometry("depthwise", Window2d.of(3).padding(1), 16, 2, 16, 16, 8, 8),
          new Geometry(
              "depthwise 5×5, stride 2, dilated",
              Window2d.of(5, 3).stride(2).dilation(1, 2).padding(2),
              34,
              2,
              34,
              34,
              11,
              9),
          new Geometry(
              "depthwise, multiplier 2", Window2d.of(3).stride(2).padding(1), 5, 1, 5, 10, 9, 9),
          new Geometry("channels not of 8", Window2d.of(3).padding(1), 1, 2, 13, 19, 5, 6),
          new Geometry("whole picture", Window2d.of(4, 6), 1, 3, 7, 3, 4, 6),
          new Geometry("one pixel", Window2d.of(1), 1, 1, 9, 10, 1, 1),
          new Geometry("1×1 stride 2", Window2d.of(1).stride(2), 1, 2, 8, 16, 7, 7),
          new Geometry("stride beyond the kernel", Window2d.of(2).stride(4), 1, 1, 2, 3, 9, 9),
          new Geometry("stride 3×2", Window2d.of(3).stride(3, 2).padding(1), 1, 1, 3, 4, 11, 9),
          new Geometry(
              "padding as wide as the kernel", Window2d.of(3).padding(3), 1, 1, 2, 3, 4, 4),
          new Geometry(
              "rounding up",
              Window2d.of(3).stride(2).rounding(Window2d.Rounding.CEIL),
              1,
              1,
              3,
              4,
              8,
              6),
          new Geometry("one filter", Window2d.of(3), 1, 2, 17, 1, 5, 6),
          new Geometry("depthwise past 16", Window2d.of(3).padding(1), 19, 1, 19, 19, 5, 7));

  private Conv2dCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (Geometry g : GEOMETRIES) {
      OpCase forward =
          OpCase.of(g.name, g.op(), activation(g.x()), parameter(g.weight()), parameter(g.filters));
      cases.add(forward);
      cases.add(forward.withIntegers());
      OpCase gradInput =
          OpCase.of(
              g.name,
              new Conv2dOp.GradInput(g.op(), Shape.of(g.x())),
              gradient(g.y()),
              parameter(g.weight()));
      cases.add(gradInput);
      cases.add(gradInput.withIntegers());
      cases.add(gradWeight(g, true));
      cases.add(gradWeight(g, true).withIntegers());
      cases.add(gradWeight(g, false));
      cases.add(fused(g, false, UnaryOp.RELU));
      cases.add(fused(g, true, UnaryOp.RELU));
    }
    Geometry first = GEOMETRIES.get(0);
    cases.add(OpCase.of("no bias", first.op(), activation(first.x()), parameter(first.weight())));
    cases.add(fused(first, true, null));
    cases.add(fused(first, false, UnaryOp.leakyRelu(0.1)));
    cases.add(fused(first, false, UnaryOp.SIGMOID));
    cases.add(fused(first, true, UnaryOp.TANH));
    cases.add(fused(first, true, UnaryOp.SILU));
    cases.add(fused(first, true, UnaryOp.SQUARE));
    cases.add(fused(first, true, UnaryOp.affine(2, -0.5)));
    FusedConv2dOp bare = new FusedConv2dOp(first.op(), false, false, UnaryOp.RELU);
    cases.add(OpCase.of("no bias", bare, activation(first.x()), parameter(first.weight())));
    FusedConv2dOp added = new FusedConv2dOp(first.op(), false, true, UnaryOp.RELU);
    OpCase sum =
        OpCase.of(
            "no bias, residual",
            added,
            activation(first.x()),
            parameter(first.weight()),
            gradient(first.y()));
    cases.add(sum);
    cases.add(sum.withIntegers());
    return cases;
  }

  private static OpCase gradWeight(Geometry g, boolean bias) {
    TensorType weight = new TensorType(DType.F32, Shape.of(g.weight()));
    return OpCase.of(
        g.name + (bias ? "" : ", no bias"),
        new Conv2dOp.GradWeight(g.op(), weight, bias),
        activation(g.x()),
        gradient(g.y()));
  }

  private static OpCase fused(Geometry g, boolean residual, @Nullable UnaryOp activation) {
    FusedConv2dOp op = new FusedConv2dOp(g.op(), true, residual, activation);
    String name = g.name + (residual ? ", residual, " : ", ") + activation;
    return residual
        ? OpCase.of(
            name,
            op,
            activation(g.x()),
            parameter(g.weight()),
            parameter(g.filters),
            gradient(g.y()))
        : OpCase.of(name, op, activation(g.x()), parameter(g.weight()), parameter(g.filters));
  }
}
