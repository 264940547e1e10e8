package dev.convoy.nn;

import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import java.util.List;

/**
 * Max pooling, an inner part, and unpooling with the indices of that pooling: N×C×H×W to N×C×H×W.
 * The inner part keeps the pooled shape N×C×OH×OW, so that encoders and decoders nest:
 *
 * <pre>{@code
 * new Sequential(
 *     new Conv2d(3, 64, same),
 *     new MaxUnpool2d(
 *         Window2d.of(2).stride(2), new Sequential(new Conv2d(64, 64, same), new Activation(RELU))),
 *     new Conv2d(64, classes, same));
 * }</pre>
 *
 * <p>A network that passes indices on by hand applies {@link MaxPool2dOp} and {@link
 * MaxUnpool2dOp}.
 */
public final class MaxUnpool2d extends Layer {

  private final MaxPool2dOp pool;
  private final Layer inner;

  public MaxUnpool2d(Window2d window, Layer inner) {
    this.pool = new MaxPool2dOp(window);
    this.inner = child("inner", inner);
  }

  @Override
  protected Value forward(Value x) {
    List<Value> pooled = x.applyAll(pool);
    MaxUnpool2dOp unpool = new MaxUnpool2dOp(x.shape().dim(2), x.shape().dim(3));
    return inner.apply(pooled.get(0)).apply(unpool, pooled.get(1));
  }
}
