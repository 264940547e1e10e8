package dev.convoy.peers;

import static org.bytedeco.pytorch.global.torch.DeviceType.CPU;

import dev.convoy.nn.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One network in libtorch with a fixed batch of random pictures and labels, ready for steps.
 *
 * <p>Pictures and weights are channels last, the layout that libtorch is fastest with on a CPU,
 * where there is more than one channel of pictures.
 */
final class LibtorchNetwork {

  private final TorchNetwork network;
  private final boolean autocast;
  private final TorchLayers layers;
  private final Tensor pictures;
  private final Tensor labels;
  private final SGD optimiser;

  /**
   * @param cast how bf16 is had; without effect in f32
   */
  LibtorchNetwork(Case what, Cast cast) {
    boolean half = what.precision() == Precision.BF16;
    boolean training = what.mode() == Mode.TRAIN;
    network = TorchNetwork.named(what.model());
    autocast = half && cast == Cast.AUTOCAST;
    PeerModel model = PeerModel.named(what.model());
    ScalarType type = half && cast == Cast.WHOLE ? ScalarType.BFloat16 : ScalarType.Float;
    MemoryFormat format =
        model.picture().dim(0) > 1 ? MemoryFormat.ChannelsLast : MemoryFormat.Contiguous;
    layers =
        new TorchLayers(
            model.layer().parameters(),
            LibtorchNetwork::start,
            type,
            format,
            training,
            new DroppedUnits.Libtorchs());
    torch.manual_seed(1);
    long[] shape = Arrays.stream(model.pictures(what.batch()).dims()).asLongStream().toArray();
    pictures = torch.randn(shape).to(type).contiguous(format);
    labels =
        torch.randint(
            model.classes(), new long[] {what.batch()}, new TensorOptions(ScalarType.Long));
    SGDOptions options = new SGDOptions(0.01);
    options.momentum().put(0.9);
    optimiser = new SGD(layers.trainable(), options);
    if (autocast) {
      torch.set_autocast_dtype(CPU, ScalarType.BFloat16);
      torch.set_autocast_cache_enabled(false);
    }
  }

  /**
   * Made here and not on the Java side, whose copies would count as the rival's memory: as He et
   * al. start convolutions, 1 for scales and variances, else 0.
   */
  private static Tensor start(Parameter parameter) {
    long[] shape = Arrays.stream(parameter.shape().dims()).asLongStream().toArray();
    if (shape.length > 1) {
      Tensor weight = torch.randn(shape);
      weight.mul_(new Scalar(Math.sqrt(2.0 * shape[0] / parameter.shape().count())));
      return weight;
    }
    String name = parameter.path();
    boolean zero = name.endsWith("bias") || name.endsWith("mean");
    return zero ? torch.zeros(shape) : torch.ones(shape);
  }

  /**
   * One forward pass in inference mode.
   *
   * @return N×classes
   */
  double[] infer() {
    try (InferenceMode mode = new InferenceMode(true);
        PointerScope scope = new PointerScope()) {
      cast(true);
      Tensor logits = network.forward(layers, TorchLayers.share(pictures), new ArrayList<>());
      cast(false);
      return TorchLayers.numbers(logits);
    }
  }

  /**
   * Forward, cross entropy, backward, SGD with momentum 0.9; gradients dropped after.
   *
   * @return the loss before the update
   */
  float train() {
    try (PointerScope scope = new PointerScope()) {
      cast(true);
      Tensor loss = NetworkStep.loss(network, layers, TorchLayers.share(pictures), labels);
      cast(false);
      loss.backward();
      optimiser.step();
      optimiser.zero_grad(true);
      return loss.item_float();
    }
  }

  private void cast(boolean on) {
    if (autocast) {
      torch.set_autocast_enabled(CPU, on);
      if (!on) {
        torch.clear_cache();
      }
    }
  }

  /** The two ways in which libtorch computes in bf16. */
  enum Cast {
    /** f32 weights, converted operator by operator. */
    AUTOCAST,
    /** Weights and activations bf16, batch norm's parameters f32; for inference only. */
    WHOLE
  }
}
