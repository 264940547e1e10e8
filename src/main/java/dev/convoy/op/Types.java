package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.List;

/** Constraints that many operators share. */
final class Types {

  private Types() {}

  static void count(Op op, List<TensorType> inputs, int least, int most) {
    ShapeException.unless(
        inputs.size() >= least && inputs.size() <= most,
        "%s takes %s inputs, got %d",
        op.name(),
        least == most ? Integer.toString(least) : least + " to " + most,
        inputs.size());
  }

  static TensorType floating(Op op, String role, TensorType type) {
    ShapeException.unless(
        type.dtype().isFloating(),
        "%s: %s must have a floating-point type, got %s",
        op.name(),
        role,
        type);
    return type;
  }

  static TensorType quantized(Op op, String role, TensorType type) {
    ShapeException.unless(
        type.dtype() == DType.U8 || type.dtype() == DType.I8,
        "%s: %s must be u8 or i8, got %s",
        op.name(),
        role,
        type);
    return type;
  }

  static TensorType quantized(Op op, String role, TensorType type, Quantization quantization) {
    ShapeException.unless(
        type.dtype() == quantization.dtype(),
        "%s: %s must be %s, got %s",
        op.name(),
        role,
        quantization.dtype(),
        type);
    return type;
  }

  /** Weights of 8 bits of which each output sums few enough products. */
  static TensorType quantizedWeight(Op op, TensorType weight, String constraint) {
    ShapeException.unless(
        weight.dtype() == DType.I8 && weight.shape().rank() >= 2,
        "%s: weight must be i8 with an axis for the outputs and further ones, got %s (C1)",
        op.name(),
        weight);
    int products = weight.shape().count() / weight.shape().dim(0);
    ShapeException.unless(
        products <= Quantization.MOST_PRODUCTS,
        "%s: weight %s has sums of %d products; 32 bits hold those of %d %s",
        op.name(),
        weight,
        products,
        Quantization.MOST_PRODUCTS,
        constraint);
    return weight;
  }

  static TensorType rank(Op op, String role, TensorType type, int rank, String layout) {
    ShapeException.unless(
        type.shape().rank() == rank,
        "%s: %s must have %d axes (%s), got %s",
        op.name(),
        role,
        rank,
        layout,
        type);
    return type;
  }

  static void same(Op op, String role, TensorType type, String otherRole, TensorType other) {
    ShapeException.unless(
        type.equals(other),
        "%s: %s %s and %s %s must have the same type",
        op.name(),
        role,
        type,
        otherRole,
        other);
  }

  /**
   * Weights and statistics are kept in the activations' type or in f32 beside 16-bit activations.
   */
  static void parameter(Op op, String role, TensorType type, DType activations) {
    ShapeException.unless(
        type.dtype() == activations
            || type.dtype() == DType.F32 && activations.bytes() == 2 && activations.isFloating(),
        "%s: %s is %s; beside %s activations it must be %s",
        op.name(),
        role,
        type,
        activations,
        activations.bytes() == 2 ? activations + " or F32" : activations);
  }

  /** A vector with one entry a channel. */
  static void perChannel(Op op, String role, TensorType type, int channels) {
    ShapeException.unless(
        type.shape().rank() == 1 && type.shape().dim(0) == channels,
        "%s: %s must have one value for each of the %d channels, got %s",
        op.name(),
        role,
        channels,
        type);
  }

  /** Types of a gradient operator that needs nothing but dy: the forward input's. */
  static List<TensorType> linearGradient(Op op, Op forward, Shape input, List<TensorType> inputs) {
    count(op, inputs, 1, 1);
    TensorType dy = floating(op, "output gradient", inputs.get(0));
    TensorType x = dy.withShape(input);
    same(op, "output gradient", dy, "the forward output", forward.infer(List.of(x)).get(0));
    return List.of(x);
  }

  /** An extent times a factor that must be at least 1. */
  static int multiple(String op, String role, int factor, int extent, String constraint) {
    long product = (long) factor * extent;
    ShapeException.unless(
        factor >= 1 && product <= Integer.MAX_VALUE,
        "%s: %s %d: must be at least 1, and %d times it at most 2147483647 %s",
        op,
        role,
        factor,
        extent,
        constraint);
    return (int) product;
  }
}
