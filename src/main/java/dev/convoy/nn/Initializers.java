package dev.convoy.nn;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;

/**
 * The usual ways to fill a parameter. Fan-in is the number of inputs of one output unit, I·KH·KW
 * for a weight O×I×KH×KW; fan-out is O·KH·KW.
 */
public final class Initializers {

  private Initializers() {}

  public static Initializer zeros() {
    return constant(0);
  }

  public static Initializer constant(double value) {
    Arguments.require(
        Double.isFinite(value), "constant initialiser: value", value, "must be finite");
    return (shape, seed, stream) -> {
      Tensor tensor = Tensor.zeros(new TensorType(DType.F32, shape));
      for (int i = 0; i < shape.count(); i++) {
        tensor.set(i, value);
      }
      return tensor;
    };
  }

  /** N(0, σ). */
  public static Initializer normal(double deviation) {
    requireFinite("standard deviation", deviation);
    return (shape, seed, stream) -> gaussian(shape, deviation, seed, stream);
  }

  /** N(0, √(2/(fan-in + fan-out))) (Glorot and Bengio, 2010). */
  public static Initializer xavierNormal() {
    return (shape, seed, stream) ->
        gaussian(shape, Math.sqrt(2.0 / (fanIn(shape) + fanOut(shape))), seed, stream);
  }

  /** U(−b, b) with b = √(6/(fan-in + fan-out)): the same variance (Glorot and Bengio, 2010). */
  public static Initializer xavierUniform() {
    return (shape, seed, stream) ->
        uniform(shape, Math.sqrt(6.0 / (fanIn(shape) + fanOut(shape))), seed, stream);
  }

  /** N(0, √(2/fan-in)) (He et al., 2015). */
  public static Initializer heNormal() {
    return (shape, seed, stream) -> gaussian(shape, Math.sqrt(2.0 / fanIn(shape)), seed, stream);
  }

  /** N(0, √(2/fan-out)): keeps the variance of the gradients (He et al., 2015, section 2.2). */
  public static Initializer heNormalFanOut() {
    return (shape, seed, stream) -> gaussian(shape, Math.sqrt(2.0 / fanOut(shape)), seed, stream);
  }

  /** U(−b, b) with b = 1/√fan-in: PyTorch's default for convolutions and linear layers. */
  public static Initializer uniformFanIn() {
    return (shape, seed, stream) -> uniform(shape, 1 / Math.sqrt(fanIn(shape)), seed, stream);
  }

  /** U(−b, b). */
  public static Initializer uniform(double bound) {
    requireFinite("uniform initialiser: bound", bound);
    return (shape, seed, stream) -> uniform(shape, bound, seed, stream);
  }

  private static void requireFinite(String what, double value) {
    Arguments.require(
        value >= 0 && Double.isFinite(value), what, value, "must be a finite number of at least 0");
  }

  static double fanIn(Shape shape) {
    return shape.rank() < 2 ? shape.count() : (double) shape.count() / shape.dim(0);
  }

  static double fanOut(Shape shape) {
    return shape.rank() < 2 ? shape.count() : (double) shape.count() / shape.dim(1);
  }

  private static Tensor uniform(Shape shape, double bound, long seed, int stream) {
    Tensor tensor = Tensor.zeros(new TensorType(DType.F32, shape));
    int[] words = new int[4];
    for (int i = 0; i < shape.count(); i++) {
      if (i % 4 == 0) {
        draw(i / 4, seed, stream, words);
      }
      tensor.set(i, bound * (2 * Philox.uniform(words[i % 4]) - 1));
    }
    return tensor;
  }

  /** Box and Muller, 1958: two uniform numbers give two normal ones. */
  private static Tensor gaussian(Shape shape, double deviation, long seed, int stream) {
    Tensor tensor = Tensor.zeros(new TensorType(DType.F32, shape));
    int[] words = new int[4];
    for (int i = 0; i < shape.count(); i++) {
      if (i % 4 == 0) {
        draw(i / 4, seed, stream, words);
      }
      int pair = i % 4 / 2 * 2;
      double radius = Math.sqrt(-2 * Math.log(Philox.uniform(words[pair])));
      double angle = 2 * Math.PI * Philox.uniform(words[pair + 1]);
      double normal = radius * (i % 2 == 0 ? Math.cos(angle) : Math.sin(angle));
      tensor.set(i, deviation * normal);
    }
    return tensor;
  }

  private static void draw(int group, long seed, int stream, int[] words) {
    Philox.words((int) seed, (int) (seed >>> 32), group, stream, 0, 0, words);
  }
}
