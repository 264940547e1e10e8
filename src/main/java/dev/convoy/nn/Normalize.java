package dev.convoy.nn;

import dev.convoy.ConvoyException;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;

/**
 * Brings pictures N×C×H×W, u8 or floating, to the range that a network learns from: (x/255 −
 * mean)/deviation per channel, computed in f32 and rounded once to the activations' type.
 *
 * <p>Statistics {@code mean} and {@code std} with C entries: they are saved with the network, so
 * that whoever loads it normalises as it was trained. Scale and shift are computed from them once.
 */
public final class Normalize extends Layer {

  private final DType activations;
  private final Parameter mean;
  private final Parameter deviation;

  /**
   * @param activations floating type of the result
   * @param mean of each channel, in the range 0 to 1
   * @param deviation of each channel, in the same unit; positive
   */
  public Normalize(DType activations, double[] mean, double[] deviation) {
    require(activations.isFloating(), "normalize: " + activations + " must be a floating type");
    require(
        mean.length >= 1 && mean.length == deviation.length,
        "normalize: "
            + mean.length
            + " means and "
            + deviation.length
            + " deviations; give both"
            + " for each channel");
    require(
        Arrays.stream(mean).allMatch(Double::isFinite),
        "normalize: means " + Arrays.toString(mean) + " must be finite");
    require(
        Arrays.stream(deviation).allMatch(d -> d > 0 && Double.isFinite(d)),
        "normalize: deviations " + Arrays.toString(deviation) + " must be positive");
    this.activations = activations;
    this.mean = statistic("mean", Shape.of(mean.length), given(mean));
    this.deviation = statistic("std", Shape.of(mean.length), given(deviation));
  }

  /** x/255 − 0.5 in every channel. */
  public static Normalize centred(DType activations, int channels) {
    double[] mean = new double[channels];
    double[] deviation = new double[channels];
    Arrays.fill(mean, 0.5);
    Arrays.fill(deviation, 1);
    return new Normalize(activations, mean, deviation);
  }

  @Override
  protected Value forward(Value x) {
    require(
        x.shape().rank() == 4 && x.shape().dim(1) == mean.shape().dim(0),
        "normalize: input must be N×" + mean.shape().dim(0) + "×H×W, got " + x.type());
    ReshapeOp channels = new ReshapeOp(Shape.of(1, mean.shape().dim(0), 1, 1));
    Value deviations = deviation.in(x).apply(channels);
    // y = x·1/(255·σ) − µ/σ; both factors depend on statistics alone.
    Value shift = mean.in(x).apply(channels).apply(BinaryOp.DIVIDE, deviations);
    Value scale = deviations.apply(UnaryOp.affine(0, 1 / 255.0)).apply(BinaryOp.DIVIDE, deviations);
    Value scaled = CastOp.cast(x, DType.F32).apply(BinaryOp.MULTIPLY, scale);
    return CastOp.cast(scaled.apply(BinaryOp.SUBTRACT, shift), activations);
  }

  private static Initializer given(double[] values) {
    double[] copy = values.clone();
    return (shape, seed, stream) -> {
      Tensor tensor = Tensor.zeros(new TensorType(DType.F32, shape));
      for (int i = 0; i < copy.length; i++) {
        tensor.set(i, copy[i]);
      }
      return tensor;
    };
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new ConvoyException(rule);
    }
  }
}
