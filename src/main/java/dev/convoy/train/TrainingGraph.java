package dev.convoy.train;

import dev.convoy.graph.AuxiliaryScores;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Variable;
import dev.convoy.graph.pass.DeadNodes;
import dev.convoy.graph.pass.FuseBatchNormRelu;
import dev.convoy.graph.pass.FuseConvolution;
import dev.convoy.graph.pass.ScheduleUpdates;
import dev.convoy.nn.CrossEntropy;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.optim.Optimizer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One step of training as a graph: forward, loss, gradients and the optimiser's update.
 *
 * <p>Inputs and outputs are those of {@link Names}, and the random key if the model drops units. A
 * loss that is NaN or infinite stops the run before any parameter changes. Auxiliary classifiers
 * add their losses to {@link Names#LOSS} alone; the losses of the examples are the main
 * classifier's.
 */
public final class TrainingGraph {

  private TrainingGraph() {}

  /**
   * @param pictures N×C×H×W
   * @param precision of activations and their gradients; parameters and updates are f32
   */
  public static Graph trace(
      Layer model, Shape pictures, DType precision, double labelSmoothing, Optimizer optimizer) {
    Graph forward = forward(model, pictures, precision, labelSmoothing);
    return withUpdate(FuseBatchNormRelu.apply(forward), model, optimizer);
  }

  private static Graph forward(
      Layer model, Shape pictures, DType precision, double labelSmoothing) {
    GraphBuilder builder = new GraphBuilder(true);
    Value logits = InferenceGraph.logits(builder, model, pictures, precision);
    Value labels = builder.input(Names.LABELS, TensorType.of(DType.I32, pictures.dim(0)));
    Value losses = logits.apply(new SoftmaxCrossEntropyOp(labelSmoothing), labels);
    Value loss =
        withAuxiliary(builder, losses.apply(ReduceOp.mean(false, 0)), labels, labelSmoothing);
    builder.output(Names.LOSS, loss.apply(new FiniteGuardOp()));
    builder.output(Names.LOSSES, losses);
    builder.output(Names.LOGITS, logits);
    return builder.build();
  }

  /**
   * Adds the auxiliary classifiers' losses with their weights (Szegedy et al., 2014, section 5).
   */
  private static Value withAuxiliary(
      GraphBuilder builder, Value loss, Value labels, double labelSmoothing) {
    Value sum = loss;
    for (AuxiliaryScores auxiliary : builder.auxiliary()) {
      Value mean =
          new CrossEntropy(labelSmoothing).mean(CastOp.cast(auxiliary.scores(), DType.F32), labels);
      sum = sum.apply(BinaryOp.ADD, mean.apply(UnaryOp.affine(auxiliary.weight(), 0)));
    }
    return sum;
  }

  private static Graph withUpdate(Graph forward, Layer model, Optimizer optimizer) {
    GraphCopy copy = GraphCopy.whole(forward);
    GraphBuilder builder = copy.target();
    Value loss = copy.get(Objects.requireNonNull(forward.outputs().get(Names.LOSS)));
    Map<Variable, Value> weights = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (parameter.trainable()) {
        weights.put(parameter.variable(), builder.read(parameter.variable()));
      }
    }
    Map<Value, Value> gradients = Differentiation.gradients(builder, loss, weights.values());
    Value learningRate =
        builder.input(Names.LEARNING_RATE, new TensorType(DType.F32, Shape.scalar()));
    Value step = builder.input(Names.STEP, new TensorType(DType.F32, Shape.scalar()));
    weights.forEach(
        (variable, weight) -> {
          Value gradient = gradients.get(weight);
          if (gradient != null) {
            optimizer.update(builder, variable, gradient, learningRate, step);
          }
        });
    return ScheduleUpdates.apply(FuseConvolution.apply(DeadNodes.apply(copy.finish())));
  }
}
