package dev.convoy.backend.onednn;

import dev.convoy.op.UnaryOp;
import org.bytedeco.dnnl.global.dnnl;

/** An elementwise function in oneDNN's terms. */
record Eltwise(dnnl.algorithm algorithm, float alpha, float beta) {

  static Eltwise of(UnaryOp op) {
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

  /** The variant whose gradient is computed from the output, where there is one. */
  Eltwise fromOutput() {
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
