package dev.convoy.peers;

import dev.convoy.nn.Parameter;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Layers as functions of libtorch over tensors called as torchvision's parameters.
 *
 * <p>Every function <b>takes</b> the values that it computes with: they are freed as soon as they
 * are used, as Python's reference counts would, or overwritten where torchvision's layers are
 * declared in place. A value needed twice is {@link #share shared} first. Parameters live as long
 * as this.
 */
final class TorchLayers implements AutoCloseable {

  private static final double MOMENTUM = 0.1;
  private static final long[] ONE = {1, 1};
  private static final String MEAN = ".running_mean";

  private final PointerScope scope = new PointerScope();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, TensorOptional> optional = new LinkedHashMap<>();
  private final TensorOptional absent = new TensorOptional();
  private final List<Parameter> parameters;
  private final DroppedUnits dropped;
  private final boolean training;

  /**
   * Takes the tensors; those that are learned record gradients in training.
   *
   * @param values what each parameter starts from
   * @param type of everything; of BFloat16, normalisations compute in Float all the same
   * @param format of weights with four axes
   */
  TorchLayers(
      List<Parameter> parameters,
      Function<Parameter, Tensor> values,
      ScalarType type,
      MemoryFormat format,
      boolean training,
      DroppedUnits dropped) {
    this.parameters = parameters;
    this.dropped = dropped;
    this.training = training;
    for (Parameter parameter : parameters) {
      String name = parameter.path();
      String stem = name.substring(0, Math.max(0, name.lastIndexOf('.')));
      boolean norm = parameters.stream().anyMatch(other -> other.path().equals(stem + MEAN));
      ScalarType own = norm && type == ScalarType.BFloat16 ? ScalarType.Float : type;
      Tensor tensor = take(values.apply(parameter), given -> given.to(own));
      if (tensor.dim() == 4) {
        tensor = take(tensor, given -> given.contiguous(format));
      }
      tensor.set_requires_grad(training && parameter.trainable());
      tensors.put(name, tensor);
      optional.put(name, new TensorOptional(tensor));
    }
  }

  static Tensor tensor(dev.convoy.tensor.Tensor values, ScalarType type) {
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

  /** What an optimiser updates. */
  TensorVector trainable() {
    List<Tensor> learned = new ArrayList<>();
    for (Parameter parameter : parameters) {
      if (parameter.trainable()) {
        learned.add(named(parameter.path()));
      }
    }
    return new TensorVector(learned.toArray(Tensor[]::new));
  }

  double[] gradient(String name) {
    return numbers(named(name).grad());
  }

  /** What a tensor holds now; running statistics change in training. */
  double[] values(String name) {
    return numbers(named(name));
  }

  /** A second hold on the same value. */
  static Tensor share(Tensor x) {
    return new Tensor(x);
  }

  private static Tensor take(Tensor x, UnaryOperator<Tensor> function) {
    Tensor y = function.apply(x);
    x.close();
    return y;
  }

  Tensor convolution(Tensor x, String name, int stride, int padding) {
    return convolution(x, name, stride, padding, 1);
  }

  Tensor convolution(Tensor x, String name, int stride, int padding, int groups) {
    return take(
        x,
        input ->
            torch.conv2d(
                input,
                named(name + ".weight"),
                optional(name + ".bias"),
                square(stride),
                square(padding),
                ONE,
                groups));
  }

  /** Without padding. */
  Tensor transposedConvolution(Tensor x, String name, int stride) {
    return take(
        x,
        input ->
            torch.conv_transpose2d(
                input,
                named(name + ".weight"),
                optional(name + ".bias"),
                square(stride),
                square(0),
                square(0),
                1,
                ONE));
  }

  Tensor norm(Tensor x, String name, double epsilon) {
    return take(
        x,
        input ->
            torch.batch_norm(
                input,
                optional(name + ".weight"),
                optional(name + ".bias"),
                optional(name + MEAN),
                optional(name + ".running_var"),
                training,
                MOMENTUM,
                epsilon,
                false));
  }

  Tensor linear(Tensor x, String name) {
    return take(x, input -> torch.linear(input, named(name + ".weight"), optional(name + ".bias")));
  }

  // In-place functions return a reference to their argument, not a new handle: give back x itself.

  static Tensor relu(Tensor x) {
    torch.relu_(x);
    return x;
  }

  static Tensor silu(Tensor x) {
    torch.silu_(x);
    return x;
  }

  static Tensor add(Tensor x, Tensor y) {
    x.add_(y);
    y.close();
    return x;
  }

  static Tensor sigmoid(Tensor x) {
    return take(x, torch::sigmoid);
  }

  static Tensor multiply(Tensor x, Tensor y) {
    Tensor product = x.mul(y);
    x.close();
    y.close();
    return product;
  }

  static Tensor maxPool(Tensor x, int kernel, int stride, int padding, boolean ceil) {
    return take(
        x,
        input ->
            torch.max_pool2d(input, square(kernel), square(stride), square(padding), ONE, ceil));
  }

  static Tensor averagePool(Tensor x, int kernel) {
    return take(
        x,
        input ->
            torch.avg_pool2d(
                input, square(kernel), square(kernel), square(0), false, true, new LongOptional()));
  }

  static Tensor adaptivePool(Tensor x, int size) {
    return take(x, input -> torch.adaptive_avg_pool2d(input, size, size));
  }

  /** Repeats each pixel. */
  static Tensor enlarge(Tensor x, int factor) {
    return take(
        x,
        input -> torch.upsample_nearest2d(input, factor * input.size(2), factor * input.size(3)));
  }

  static Tensor flatten(Tensor x) {
    return take(x, input -> input.flatten(1, -1));
  }

  static Tensor concat(Tensor... parts) {
    Tensor joined = torch.cat(new TensorVector(parts), 1);
    for (Tensor part : parts) {
      part.close();
    }
    return joined;
  }

  /** Drops elements. */
  Tensor dropout(Tensor x, double rate) {
    return training ? take(x, input -> dropped.elements(input, rate)) : x;
  }

  /** Drops whole examples. */
  Tensor stochasticDepth(Tensor x, double rate) {
    return training && rate > 0 ? take(x, input -> dropped.examples(input, rate)) : x;
  }

  private Tensor named(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("no tensor " + name);
    }
    return tensor;
  }

  private TensorOptional optional(String name) {
    return optional.getOrDefault(name, absent);
  }

  private static long[] square(int side) {
    return new long[] {side, side};
  }

  @Override
  public void close() {
    scope.close();
  }
}
