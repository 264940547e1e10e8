package dev.convoy.conformance;

import dev.convoy.backend.Backend;
import dev.convoy.op.Op;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * One application of an operator with concrete inputs.
 *
 * @param name what the case is about
 * @param inputs in the order of the operator
 * @param exact whether all sums are exact in every element type, so that results must be equal
 */
record OpCase(String name, Op op, List<Input> inputs, boolean exact) {

  /** Whether an input has the element type under test or one of its own. */
  enum Kind {
    ACTIVATION,
    PARAMETER,
    I32,
    U8,
    I8
  }

  /** An input's shape and values; values are rounded to the type under test. */
  record Input(Kind kind, Shape shape, double[] values) {

    TensorType type(DType tested) {
      return type(tested, tested == DType.F64 ? DType.F64 : DType.F32);
    }

    TensorType type(DType tested, DType parameters) {
      return new TensorType(
          switch (kind) {
            case ACTIVATION -> tested;
            case PARAMETER -> parameters;
            case I32 -> DType.I32;
            case U8 -> DType.U8;
            case I8 -> DType.I8;
          },
          shape);
    }
  }

  static OpCase of(String name, Op op, Input... inputs) {
    return new OpCase(name, op, List.of(inputs), false);
  }

  /** Normally distributed values, the same for the same shape and salt. */
  static Input normal(Kind kind, int salt, int... dims) {
    Shape shape = Shape.of(dims);
    Random random = new Random(31L * Arrays.hashCode(dims) + salt);
    return new Input(kind, shape, random.doubles(shape.count()).map(u -> 3 * u - 1.5).toArray());
  }

  static Input activation(int... dims) {
    return normal(Kind.ACTIVATION, 1, dims);
  }

  static Input gradient(int... dims) {
    return normal(Kind.ACTIVATION, 2, dims);
  }

  static Input parameter(int... dims) {
    return normal(Kind.PARAMETER, 3, dims);
  }

  /** Values in [0.5, 2]: variances, divisors. */
  static Input positive(Kind kind, int... dims) {
    Input input = normal(kind, 4, dims);
    return new Input(
        kind, input.shape, Arrays.stream(input.values).map(v -> 1.25 + v / 2).toArray());
  }

  static Input integers(int... values) {
    return new Input(
        Kind.I32, Shape.of(values.length), Arrays.stream(values).asDoubleStream().toArray());
  }

  /** All values of u8 in turn. */
  static Input bytes(int... dims) {
    Shape shape = Shape.of(dims);
    double[] values = new double[shape.count()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 37 % 256;
    }
    return new Input(Kind.U8, shape, values);
  }

  static Input scalar(double value) {
    return new Input(Kind.PARAMETER, Shape.scalar(), new double[] {value});
  }

  /** Why a backend must refuse the case on this machine, if it must. */
  Optional<String> lackedBy(Backend backend) {
    boolean eightBitProducts = op instanceof QuantizedConv2dOp || op instanceof QuantizedLinearOp;
    return eightBitProducts ? backend.lacks(DType.I8) : Optional.empty();
  }

  /** The same case with small integers as inputs: every sum is exact. */
  OpCase withIntegers() {
    List<Input> rounded = new ArrayList<>();
    for (Input input : inputs) {
      boolean floating = input.kind == Kind.ACTIVATION || input.kind == Kind.PARAMETER;
      double[] values = Arrays.stream(input.values).map(v -> Math.rint(v * 1.2)).toArray();
      rounded.add(floating ? new Input(input.kind, input.shape, values) : input);
    }
    return new OpCase(name + ", integers", op, rounded, true);
  }

  @Override
  public String toString() {
    return op.name() + ": " + name;
  }
}
