package dev.convoy.peers;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Runs operators eagerly on libtorch.
 *
 * <p>A layer's module is made when its name is first met and registered with {@link #root}. Inputs
 * are freed as soon as they are used, as Python's reference counts would, and ReLU and addition
 * work in place, as torchvision's do.
 */
final class LibtorchOperators implements Operators<Tensor> {

  private final Module root = new Module();
  private final Map<String, Conv2dImpl> convolutions = new HashMap<>();
  private final Map<String, BatchNorm2dImpl> norms = new HashMap<>();
  private final Map<String, LinearImpl> linears = new HashMap<>();

  /** The module that owns every layer met so far. */
  Module root() {
    return root;
  }

  /**
   * Converts every layer but batch norms, which read bf16 and compute in f32 faster than in bf16.
   */
  void convertToBf16() {
    root.to(ScalarType.BFloat16, false);
    norms.values().forEach(norm -> norm.to(ScalarType.Float, false));
  }

  @Override
  public Tensor share(Tensor x) {
    return new Tensor(x);
  }

  @Override
  public Tensor convolution(Tensor x, String name, Convolution attributes) {
    Conv2dImpl layer = layer(convolutions, name, () -> new Conv2dImpl(options(attributes)));
    return take(x, layer::forward);
  }

  @Override
  public Tensor batchNorm(Tensor x, String name, int channels) {
    BatchNorm2dImpl layer =
        layer(norms, name, () -> new BatchNorm2dImpl(new BatchNormOptions(channels)));
    return take(x, layer::forward);
  }

  @Override
  public Tensor linear(Tensor x, String name, int inputs, int outputs) {
    LinearImpl layer = layer(linears, name, () -> new LinearImpl(inputs, outputs));
    return take(x, layer::forward);
  }

  // In-place functions return a reference to their argument, not a new handle: give back x itself.
  @Override
  public Tensor relu(Tensor x) {
    torch.relu_(x);
    return x;
  }

  @Override
  public Tensor add(Tensor x, Tensor y) {
    x.add_(y);
    y.close();
    return x;
  }

  @Override
  public Tensor maxPool(Tensor x, int kernel, int stride, int padding) {
    return take(
        x,
        input ->
            torch.max_pool2d(
                input, square(kernel), square(stride), square(padding), square(1), false));
  }

  @Override
  public Tensor globalAveragePool(Tensor x) {
    return take(x, input -> torch.adaptive_avg_pool2d(input, 1, 1));
  }

  @Override
  public Tensor flatten(Tensor x) {
    return take(x, input -> input.flatten(1, -1));
  }

  private static Tensor take(Tensor x, Function<Tensor, Tensor> operator) {
    Tensor y = operator.apply(x);
    x.close();
    return y;
  }

  private <M extends Module> M layer(Map<String, M> layers, String name, Supplier<M> make) {
    M layer = layers.get(name);
    if (layer == null) {
      // libtorch allows no dot in a name.
      layer = root.register_module(name.replace('.', '_'), make.get());
      layers.put(name, layer);
    }
    return layer;
  }

  private static Conv2dOptions options(Convolution attributes) {
    Conv2dOptions options =
        new Conv2dOptions(
            attributes.inputs(),
            attributes.outputs(),
            new LongPointer(square(attributes.kernel())));
    options.stride().put(square(attributes.stride()));
    options.padding().put(new LongPointer(square(attributes.padding())));
    options.bias().put(attributes.bias());
    return options;
  }

  private static long[] square(int side) {
    return new long[] {side, side};
  }
}
