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
import dev.convoy.nn.Loss;
import dev.convoy.nn.Parameter;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.optim.Optimizer;
import dev.convoy.optim.StepScalars;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One step of training as a graph: forward, loss, gradients and the optimiser's update. Where
 * several steps make one update it comes in two parts, {@link #accumulation} and {@link #update}.
 *
 * <p>Inputs and outputs are those of {@link Names}, and the random key if the model drops units. A
 * loss that is NaN or infinite stops the run before any parameter changes. Auxiliary classifiers
 * add their losses to {@link Names#LOSS} alone; the losses of the examples are the main
 * classifier's. With f16 the gradients are those of a scaled loss ({@link LossScale}).
 */
public final class TrainingGraph {

  private static final TensorType SCALAR = new TensorType(DType.F32, Shape.scalar());
  private static final String GRADIENT = "/gradient";

  private TrainingGraph() {}

  /** Cross-entropy, and the same update for every parameter. */
  public static Graph trace(
      Layer model, Shape pictures, DType precision, double labelSmoothing, Optimizer optimizer) {
    return trace(
        model, pictures, precision, new CrossEntropy(labelSmoothing), UpdateRule.of(optimizer));
  }

  /**
   * A whole step; {@link UpdateRule#accumulate} is not looked at.
   *
   * @param pictures N×C×H×W
   * @param precision of activations and their gradients; parameters and updates are f32
   */
  public static Graph trace(
      Layer model, Shape pictures, DType precision, Loss loss, UpdateRule rule) {
    GraphCopy copy = forward(model, pictures, precision, loss);
    boolean scaled = LossScale.needed(precision);
    appendUpdate(copy.target(), model, gradients(copy, model, scaled), scaled, rule);
    return finish(copy);
  }

  /** A step that adds each gradient, scaled or not, to the variable {@code NAME/gradient}. */
  public static Graph accumulation(Layer model, Shape pictures, DType precision, Loss loss) {
    GraphCopy copy = forward(model, pictures, precision, loss);
    GraphBuilder builder = copy.target();
    gradients(copy, model, LossScale.needed(precision))
        .forEach(
            (variable, gradient) -> {
              Variable sum = gradientOf(variable);
              builder.assign(sum, builder.read(sum).apply(BinaryOp.ADD, gradient));
            });
    return finish(copy);
  }

  /** Updates by the mean of the accumulated gradients, and sets their sums to zero. */
  public static Graph update(Graph accumulation, Layer model, UpdateRule rule) {
    GraphBuilder builder = new GraphBuilder(false);
    boolean scaled = accumulation.variables().containsKey(LossScale.SCALE);
    Map<Variable, Value> means = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      Variable sum = gradientOf(parameter.variable());
      if (accumulation.assignments().containsKey(sum)) {
        Value held = builder.read(sum);
        means.put(parameter.variable(), held.apply(UnaryOp.affine(1.0 / rule.accumulate(), 0)));
        builder.assign(sum, zero(builder, held, scaled));
      }
    }
    appendUpdate(builder, model, means, scaled, rule);
    return ScheduleUpdates.apply(builder.build());
  }

  /** Sums of scaled gradients may be infinite, and 0·∞ is not 0. */
  private static Value zero(GraphBuilder builder, Value sum, boolean scaled) {
    if (!scaled) {
      return sum.apply(UnaryOp.affine(0, 0));
    }
    int[] ones = new int[sum.shape().rank()];
    Arrays.fill(ones, 1);
    return builder
        .input(Names.LEARNING_RATE, SCALAR)
        .apply(UnaryOp.affine(0, 0))
        .apply(new ReshapeOp(Shape.of(ones)))
        .apply(new BroadcastOp(sum.shape()));
  }

  private static Variable gradientOf(Variable variable) {
    return new Variable(variable.name() + GRADIENT, variable.type());
  }

  private static GraphCopy forward(Layer model, Shape pictures, DType precision, Loss loss) {
    GraphBuilder builder = new GraphBuilder(true);
    Value logits = InferenceGraph.logits(builder, model, pictures, precision);
    Value labels = builder.input(Names.LABELS, TensorType.of(DType.I32, pictures.dim(0)));
    Value losses = loss.perExample(logits, labels);
    Value mean = withAuxiliary(builder, losses.apply(ReduceOp.mean(false, 0)), labels, loss);
    builder.output(Names.LOSS, mean.apply(new FiniteGuardOp()));
    builder.output(Names.LOSSES, losses);
    builder.output(Names.LOGITS, logits);
    return GraphCopy.whole(FuseBatchNormRelu.apply(builder.build()));
  }

  /**
   * Adds the auxiliary classifiers' losses with their weights (Szegedy et al., 2014, section 5).
   */
  private static Value withAuxiliary(
      GraphBuilder builder, Value mainLoss, Value labels, Loss loss) {
    Value sum = mainLoss;
    for (AuxiliaryScores auxiliary : builder.auxiliary()) {
      Value scores = CastOp.cast(auxiliary.scores(), DType.F32);
      Value mean = loss.perExample(scores, labels).apply(ReduceOp.mean(false, 0));
      sum = sum.apply(BinaryOp.ADD, mean.apply(UnaryOp.affine(auxiliary.weight(), 0)));
    }
    return sum;
  }

  /** Of the loss with respect to each parameter that learns and that it depends on. */
  private static Map<Variable, Value> gradients(GraphCopy copy, Layer model, boolean scaled) {
    GraphBuilder builder = copy.target();
    Map<Variable, Value> weights = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      if (parameter.trainable()) {
        weights.put(parameter.variable(), builder.read(parameter.variable()));
      }
    }
    Value plain = copy.output(Names.LOSS);
    Value loss = scaled ? LossScale.scaled(builder, plain) : plain;
    Map<Value, Value> all = Differentiation.gradients(builder, loss, weights.values());
    Map<Variable, Value> gradients = new LinkedHashMap<>();
    weights.forEach(
        (variable, weight) -> {
          Value gradient = all.get(weight);
          if (gradient != null) {
            gradients.put(variable, gradient);
          }
        });
    return gradients;
  }

  private static void appendUpdate(
      GraphBuilder builder,
      Layer model,
      Map<Variable, Value> gradients,
      boolean scaled,
      UpdateRule rule) {
    Value learningRate = builder.input(Names.LEARNING_RATE, SCALAR);
    StepScalars scalars = new StepScalars(learningRate, builder.input(Names.STEP, SCALAR));
    LossScale scale =
        scaled && !gradients.isEmpty() ? LossScale.of(builder, gradients.values()) : null;
    Map<Variable, Value> clipped = gradients;
    if (rule.clipNorm() != 0) {
      Map<Variable, Value> unscaled = scale == null ? gradients : scale.unscale(gradients);
      clipped = GradientClip.apply(unscaled, rule.clipNorm());
    }
    if (scale != null) {
      scalars = scale.scalars(scalars, rule.clipNorm() != 0);
    }
    Map<Double, Value> rates = new HashMap<>(Map.of(1.0, learningRate));
    for (Parameter parameter : model.parameters()) {
      Variable variable = parameter.variable();
      Value gradient = clipped.get(variable);
      if (gradient != null) {
        Value rate =
            rates.computeIfAbsent(
                rule.rateFactorOf(parameter),
                factor -> learningRate.apply(UnaryOp.affine(factor, 0)));
        rule.optimizerOf(parameter)
            .update(builder, variable, gradient, scalars.withLearningRate(rate));
      }
    }
    if (scale != null) {
      scale.follow();
    }
  }

  private static Graph finish(GraphCopy copy) {
    return ScheduleUpdates.apply(FuseConvolution.apply(DeadNodes.apply(copy.finish())));
  }
}
