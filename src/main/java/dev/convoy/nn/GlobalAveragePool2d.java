package dev.convoy.nn;

import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.Value;

/** Mean of each plane: N×C×H×W to N×C×1×1. */
public final class GlobalAveragePool2d extends Layer {

  @Override
  protected Value forward(Value x) {
    return x.apply(AveragePool2dOp.global(x.shape()));
  }
}
