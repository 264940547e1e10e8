package dev.convoy.train;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.pass.DeadNodes;
import dev.convoy.graph.pass.FoldBatchNorm;
import dev.convoy.graph.pass.FuseConvolution;
import dev.convoy.graph.pass.FuseInferenceNorm;
import dev.convoy.nn.Layer;
import dev.convoy.op.CastOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;

/**
 * A model as it predicts: dropout passes everything, batch normalisation uses its running
 * statistics and is folded into the convolution before it.
 *
 * <p>Input {@code pictures} f32 N×C×H×W, normalised; output {@code logits} f32 N×K. The evaluation
 * form also takes {@code labels} i32 N and gives {@code losses} f32 N.
 */
public final class InferenceGraph {

  private InferenceGraph() {}

  /**
   * @param pictures N×C×H×W
   * @param precision of the activations
   */
  public static Graph trace(Layer model, Shape pictures, DType precision) {
    return trace(model, pictures, precision, false);
  }

  /** With labels and losses: plain cross-entropy, whatever training smooths. */
  public static Graph traceWithLosses(Layer model, Shape pictures, DType precision) {
    return trace(model, pictures, precision, true);
  }

  private static Graph trace(Layer model, Shape pictures, DType precision, boolean losses) {
    GraphBuilder builder = new GraphBuilder(false);
    Value logits = logits(builder, model, pictures, precision);
    builder.output(Names.LOGITS, logits);
    if (losses) {
      TensorType labelType = TensorType.of(DType.I32, pictures.dim(0));
      Value labels = builder.input(Names.LABELS, labelType);
      builder.output(Names.LOSSES, logits.apply(new SoftmaxCrossEntropyOp(0), labels));
    }
    Graph folded = FoldBatchNorm.apply(builder.build());
    return DeadNodes.apply(FuseInferenceNorm.apply(FuseConvolution.apply(folded)));
  }

  /** Applies the model in a precision; its scores in f32. */
  static Value logits(GraphBuilder builder, Layer model, Shape pictures, DType precision) {
    Value x = builder.input(Names.PICTURES, new TensorType(DType.F32, pictures));
    return CastOp.cast(model.apply(CastOp.cast(x, precision)), DType.F32);
  }
}
