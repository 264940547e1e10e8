package dev.convoy.backend.onednn;

import dev.convoy.op.UnaryOp;
import org.bytedeco.dnnl.global.dnnl;

/** An elementwise function in oneDNN's terms. */
record Eltwise(dnnl.algorithm algorithm, float alpha, float beta) {

  /**
   * ReLU as x·min(1, max(0, αx)) with the largest α: the product keeps a NaN that a comparison
   * loses. −∞ becomes NaN too, numbers below 3·10⁻³⁹ may become 0, and 0 may have a sign.
   */
  private static final Eltwise NAN_KEEPING_RELU =
      new Eltwise(dnnl.algorithm.eltwise_hardswish, Float.MAX_VALUE, 0);

  static Eltwise of(UnaryOp op) {
    return isRelu(op) ? NAN_KEEPING_RELU : comparing(op);
  }

  /**
   * As the last step of a convolution, where keeping NaN costs up to a tenth more: done only if a
   * guard looks for it.
   */
  static Eltwise fused(UnaryOp op, boolean guarded) {
    return guarded ? of(op) : comparing(op);
  }

  static boolean isRelu(UnaryOp op) {
    return op.function() == UnaryOp.Function.RELU
        || op.function() == UnaryOp.Function.LEAKY_RELU && op.alpha() == 0;
  }

  /** With ReLU as oneDNN has it, which turns NaN into 0. */
  private static Eltwise comparing(UnaryOp op) {
    return switch (op.function()) {
      case RELU -> new Eltwise(dnnl.algorithm.eltwise_relu, 0, 0);
      case LEAKY_RELU -> new Eltwise(dnnl.algorithm.eltwise_relu, (float) op.alpha(), 0);
      case SIGMOID -> new Eltwise(dnnl.algorithm.eltwise_logistic, 0, 0);
      case TANH -> new Eltwise(dnnl.algorithm.eltwise_tanh, 0, 0);
      case SILU -> new Eltwise(dnnl.algorithm.eltwise_swish, 1, 0);
      case EXP -> new Eltwise(dnnl.algorithm.eltwise_exp, 0, 0);
      case LOG -> new Eltwise(dnnl.algorithm.eltwise_log, 0, 0);
      case SQUARE -> new Eltwise(dnnl.algorithm.eltwise_square, 0, 0);
      case RECIPROCAL_SQRT -> new Eltwise(dnnl.algorithm.eltwise_pow, 1, -0.5f);
      case AFFINE ->
          new Eltwise(dnnl.algorithm.eltwise_linear, (float) op.alpha(), (float) op.beta());
    };
  }

  /** For the gradient: from the output where the operator says so, else from the input. */
  static Eltwise forGradient(UnaryOp op) {
    Eltwise own = comparing(op);
    return op.gradientFromOutput() ? own.fromOutput() : own;
  }

  private Eltwise fromOutput() {
    dnnl.algorithm changed =
        switch (algorithm) {
          case eltwise_relu -> dnnl.algorithm.eltwise_relu_use_dst_for_bwd;
          case eltwise_logistic -> dnnl.algorithm.eltwise_logistic_use_dst_for_bwd;
          case eltwise_tanh -> dnnl.algorithm.eltwise_tanh_use_dst_for_bwd;
          case eltwise_exp -> dnnl.algorithm.eltwise_exp_use_dst_for_bwd;
          default -> throw new IllegalStateException(algorithm + " has no such variant");
        };
    return new Eltwise(changed, alpha, beta);
  }
}
