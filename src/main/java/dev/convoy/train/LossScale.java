package dev.convoy.train;

import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.UnscaleOp;
import dev.convoy.op.Value;
import dev.convoy.optim.StepScalars;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Dynamic loss scaling (Micikevicius et al., "Mixed Precision Training", 2018, section 3.2): f16
 * holds nothing below 6·10⁻⁸, so the gradients of a loss multiplied by a power of two are computed,
 * and divided by it where the parameters, which are f32, are updated. A step whose gradients
 * overflow changes no parameter and halves the scale; 2,000 good steps in a row double it.
 *
 * <p>The scale and its counts are variables: part of the graph, so that the host decides nothing,
 * and of the checkpoint, so that a resumed run goes on as it would have.
 */
final class LossScale {

  private static final TensorType SCALAR = new TensorType(DType.F32, Shape.scalar());

  static final Variable SCALE = new Variable("loss_scale", SCALAR);
  static final Variable GOOD_STEPS = new Variable("loss_scale/good_steps", SCALAR);
  static final Variable SKIPPED_STEPS = new Variable("loss_scale/skipped_steps", SCALAR);

  /** As {@code torch.amp.GradScaler} begins. */
  private static final float FIRST = 0x1p16f;

  private static final int INTERVAL = 2000;

  private final GraphBuilder builder;
  private final Value factor;

  private LossScale(GraphBuilder builder, Value factor) {
    this.builder = builder;
    this.factor = factor;
  }

  /** Whether activations of a type need it: bf16 has the exponents of f32. */
  static boolean needed(DType precision) {
    return precision == DType.F16;
  }

  static Value scaled(GraphBuilder builder, Value loss) {
    return loss.apply(BinaryOp.MULTIPLY, builder.read(SCALE));
  }

  /** Emits the check of gradients of the scaled loss. */
  static LossScale of(GraphBuilder builder, Collection<Value> gradients) {
    List<Value> inputs = new ArrayList<>(List.of(builder.read(SCALE)));
    inputs.addAll(gradients);
    return new LossScale(builder, builder.emit(new UnscaleOp(), inputs).get(0));
  }

  /** Gradients of the loss itself; of no meaning where a step is left out. */
  Map<Variable, Value> unscale(Map<Variable, Value> gradients) {
    Map<Variable, Value> unscaled = new LinkedHashMap<>();
    gradients.forEach((variable, g) -> unscaled.put(variable, g.apply(BinaryOp.MULTIPLY, factor)));
    return unscaled;
  }

  /**
   * With the factor that the updates need, and with a number of the step that leaves out those that
   * were skipped.
   *
   * @param unscaled whether the gradients are those of the loss itself already
   */
  StepScalars scalars(StepScalars plain, boolean unscaled) {
    Value applied = unscaled ? factor.apply(BinaryOp.MULTIPLY, builder.read(SCALE)) : factor;
    Value step = plain.step().apply(BinaryOp.SUBTRACT, builder.read(SKIPPED_STEPS));
    return new StepScalars(plain.learningRate(), step, applied);
  }

  /** Emits the scale of the next step. */
  void follow() {
    List<Variable> state = List.of(SCALE, GOOD_STEPS, SKIPPED_STEPS);
    List<Value> inputs = new ArrayList<>();
    state.forEach(variable -> inputs.add(builder.read(variable)));
    inputs.add(factor);
    List<Value> next = builder.emit(new LossScaleOp(INTERVAL), inputs);
    for (int i = 0; i < state.size(); i++) {
      builder.assign(state.get(i), next.get(i));
    }
  }

  /** Sets the first scale, if the state holds one. */
  static void begin(State state) {
    if (state.variables().contains(SCALE)) {
      state.write(SCALE, Tensor.scalar(FIRST));
    }
  }
}
