package dev.convoy.peers;

import static org.bytedeco.pytorch.global.torch.DeviceType.CPU;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One network in libtorch with a fixed batch of random pictures and labels, ready for steps.
 *
 * <p>Pictures and weights of the residual networks are channels last, the layout that libtorch is
 * fastest with on a CPU. LeNet-5's one input channel leaves nothing to choose.
 */
final class LibtorchNetwork {

  private final Case what;
  private final boolean autocast;
  private final LibtorchOperators ops = new LibtorchOperators();
  private final Tensor pictures;
  private final Tensor labels;
  private final SGD optimiser;

  /**
   * @param cast how bf16 is had; without effect in f32
   */
  LibtorchNetwork(Case what, Cast cast) {
    this.what = what;
    autocast = what.precision() == Precision.BF16 && cast == Cast.AUTOCAST;
    torch.manual_seed(1);
    Tensor input = torch.randn(what.model().input(what.batch()));
    labels =
        torch.randint(
            what.model().classes, new long[] {what.batch()}, new TensorOptions(ScalarType.Long));
    makeLayers();
    if (what.precision() == Precision.BF16 && cast == Cast.WHOLE) {
      ops.convertToBf16();
      input = input.to(ScalarType.BFloat16);
    }
    pictures = input.contiguous(format());
    layOutWeights();
    ops.root().train(what.mode() == Mode.TRAIN);
    SGDOptions options = new SGDOptions(0.01);
    options.momentum().put(0.9);
    optimiser = new SGD(ops.root().parameters(), options);
    if (autocast) {
      torch.set_autocast_dtype(CPU, ScalarType.BFloat16);
      torch.set_autocast_cache_enabled(false);
    }
  }

  /** One forward pass in inference mode. */
  void infer() {
    try (InferenceMode mode = new InferenceMode(true);
        PointerScope scope = new PointerScope()) {
      cast(true);
      Tensor unused = what.model().forward(ops, ops.share(pictures));
      cast(false);
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
      Tensor logits = what.model().forward(ops, ops.share(pictures));
      Tensor loss = torch.cross_entropy(logits, labels);
      logits.close();
      cast(false);
      loss.backward();
      optimiser.step();
      optimiser.zero_grad(true);
      return loss.item_float();
    }
  }

  /** Trainable numbers in the network. */
  long parameters() {
    TensorVector all = ops.root().parameters();
    long sum = 0;
    for (long i = 0; i < all.size(); i++) {
      sum += all.get(i).numel();
    }
    return sum;
  }

  /** Layers appear when their names are first met: one picture through, outside any scope. */
  private void makeLayers() {
    try (NoGradGuard guard = new NoGradGuard()) {
      what.model().forward(ops, torch.zeros(what.model().input(2))).close();
    }
  }

  private void layOutWeights() {
    TensorVector all = ops.root().parameters();
    for (long i = 0; i < all.size(); i++) {
      Tensor weight = all.get(i);
      if (weight.dim() == 4) {
        weight.set_data(weight.data().contiguous(format()));
      }
    }
  }

  private MemoryFormat format() {
    return what.model() == Architecture.LENET5
        ? MemoryFormat.Contiguous
        : MemoryFormat.ChannelsLast;
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
