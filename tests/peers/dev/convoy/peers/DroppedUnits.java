package dev.convoy.peers;

import dev.convoy.tensor.Philox;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Who decides which units dropout drops; what is kept is divided by the share that is kept. */
interface DroppedUnits {

  /** Low half of the seed that {@link Convoys} masks are made with; the rest and the step are 0. */
  int SEED = 11;

  Tensor elements(Tensor x, double rate);

  Tensor examples(Tensor x, double rate);

  /** Libtorch's own generator. */
  final class Libtorchs implements DroppedUnits {

    @Override
    public Tensor elements(Tensor x, double rate) {
      return torch.dropout(x, rate, true);
    }

    /** As torchvision's {@code stochastic_depth} in mode row. */
    @Override
    public Tensor examples(Tensor x, double rate) {
      Tensor kept = torch.empty(x.size(0), 1, 1, 1).to(x.scalar_type());
      kept.bernoulli_(1 - rate, new GeneratorOptional());
      kept.div_(new Scalar(1 - rate));
      return x.mul(kept);
    }
  }

  /**
   * The masks that Convoy takes, by the formula that {@code op.DropoutOp} documents; the calls must
   * come in the same order.
   */
  final class Convoys implements DroppedUnits {

    private int dropouts;

    @Override
    public Tensor elements(Tensor x, double rate) {
      return x.mul(mask(x, rate, 1));
    }

    @Override
    public Tensor examples(Tensor x, double rate) {
      return x.mul(mask(x, rate, Math.toIntExact(x.numel() / x.size(0))));
    }

    private Tensor mask(Tensor x, double rate, int unit) {
      float[] factors = new float[Math.toIntExact(x.numel())];
      long threshold = Math.round(rate * 0x1p32);
      int[] words = new int[4];
      for (int i = 0; i < factors.length; i++) {
        int u = i / unit;
        Philox.words(SEED, 0, u / 4, dropouts, 0, 0, words);
        boolean gone = Integer.toUnsignedLong(words[u % 4]) < threshold;
        factors[i] = gone ? 0 : (float) (1 / (1 - rate));
      }
      dropouts++;
      return Tensor.create(factors, shape(x)).to(x.scalar_type());
    }

    private static long[] shape(Tensor x) {
      long[] shape = new long[Math.toIntExact(x.dim())];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = x.size(i);
      }
      return shape;
    }
  }
}
