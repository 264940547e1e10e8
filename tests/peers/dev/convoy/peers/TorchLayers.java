package dev.convoy.peers;

import dev.convoy.nn.Parameter;
import dev.convoy.tensor.Philox;
import java.nio.DoubleBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Layers as functions of libtorch over tensors called as torchvision's parameters.
 *
 * <p>Dropout takes the masks that Convoy takes, by the formula that {@code op.DropoutOp} documents;
 * the calls must come in the same order. Tensors live as long as this.
 */
final class TorchLayers implements AutoCloseable {

  /** Low and high half of the seed; the step is 0. */
  static final int SEED = 11;

  private static final double MOMENTUM = 0.1;
  private static final long[] ONE = {1, 1};

  private final PointerScope scope = new PointerScope();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final ScalarType type;
  private final boolean training;
  private int dropouts;

  /**
   * Copies the tensors; those that are learned record gradients in training.
   *
   * @param type that everything is computed in, Float or Double
   */
  TorchLayers(
      List<Parameter> parameters,
      Map<String, dev.convoy.tensor.Tensor> values,
      ScalarType type,
      boolean training) {
    this.type = type;
    this.training = training;
    for (Parameter parameter : parameters) {
      Tensor tensor = tensor(values.get(parameter.path()));
      tensor.set_requires_grad(training && parameter.trainable());
      tensors.put(parameter.path(), tensor);
    }
  }

  Tensor tensor(dev.convoy.tensor.Tensor values) {
    long[] shape = new long[values.shape().rank()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = values.shape().dim(i);
    }
    return Tensor.create(values.toFloats(), shape).to(type);
  }

  static double[] numbers(Tensor tensor) {
    DoubleBuffer buffer = tensor.to(ScalarType.Double).contiguous().createBuffer();
    double[] values = new double[Math.toIntExact(tensor.numel())];
    buffer.get(values);
    return values;
  }

  boolean training() {
    return training;
  }

  double[] gradient(String name) {
    return numbers(named(name).grad());
  }

  /** What a tensor holds now; running statistics change in training. */
  double[] values(String name) {
    return numbers(named(name));
  }

  Tensor convolution(Tensor x, String name, int stride, int padding) {
    return convolution(x, name, stride, padding, 1);
  }

  Tensor convolution(Tensor x, String name, int stride, int padding, int groups) {
    return torch.conv2d(
        x,
        named(name + ".weight"),
        optional(name + ".bias"),
        square(stride),
        square(padding),
        ONE,
        groups);
  }

  Tensor norm(Tensor x, String name, double epsilon) {
    return torch.batch_norm(
        x,
        optional(name + ".weight"),
        optional(name + ".bias"),
        optional(name + ".running_mean"),
        optional(name + ".running_var"),
        training,
        MOMENTUM,
        epsilon,
        false);
  }

  Tensor linear(Tensor x, String name) {
    return torch.linear(x, named(name + ".weight"), optional(name + ".bias"));
  }

  static Tensor maxPool(Tensor x, int kernel, int stride, int padding, boolean ceil) {
    return torch.max_pool2d(x, square(kernel), square(stride), square(padding), ONE, ceil);
  }

  static Tensor averagePool(Tensor x, int kernel) {
    return torch.avg_pool2d(
        x, square(kernel), square(kernel), square(0), false, true, new LongOptional());
  }

  static Tensor adaptivePool(Tensor x, int size) {
    return torch.adaptive_avg_pool2d(x, size, size);
  }

  static Tensor flatten(Tensor x) {
    return x.flatten(1, -1);
  }

  static Tensor concat(Tensor... parts) {
    return torch.cat(new TensorVector(parts), 1);
  }

  /** Drops elements. */
  Tensor dropout(Tensor x, double rate) {
    return training ? x.mul(mask(x, rate, 1)) : x;
  }

  /** Drops whole examples. */
  Tensor stochasticDepth(Tensor x, double rate) {
    return training && rate > 0 ? x.mul(mask(x, rate, Math.toIntExact(x.numel() / x.size(0)))) : x;
  }

  private Tensor mask(Tensor x, double rate, int unit) {
    float[] factors = new float[Math.toIntExact(x.numel())];
    long threshold = Math.round(rate * 0x1p32);
    int[] words = new int[4];
    for (int i = 0; i < factors.length; i++) {
      int u = i / unit;
      Philox.words(SEED, 0, u / 4, dropouts, 0, 0, words);
      boolean dropped = Integer.toUnsignedLong(words[u % 4]) < threshold;
      factors[i] = dropped ? 0 : (float) (1 / (1 - rate));
    }
    dropouts++;
    return Tensor.create(factors, shape(x)).to(type);
  }

  private static long[] shape(Tensor x) {
    long[] shape = new long[Math.toIntExact(x.dim())];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = x.size(i);
    }
    return shape;
  }

  private Tensor named(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return tensor;
  }

  private TensorOptional optional(String name) {
    Tensor tensor = tensors.get(name);
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  private static long[] square(int side) {
    return new long[] {side, side};
  }

  @Override
  public void close() {
    scope.close();
  }
}
