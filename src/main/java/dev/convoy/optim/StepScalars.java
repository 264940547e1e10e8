package dev.convoy.optim;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the updates of all parameters in a step share: f32 scalars.
 *
 * @param step 1 at the first step
 * @param gradientFactor by which gradients are multiplied, 0 to leave the step out ({@link
 *     ParameterUpdate}); null for 1
 */
public record StepScalars(Value learningRate, Value step, @Nullable Value gradientFactor) {

  /** Gradients as they are. */
  public StepScalars(Value learningRate, Value step) {
    this(learningRate, step, null);
  }

  public StepScalars withLearningRate(Value changed) {
    return new StepScalars(changed, step, gradientFactor);
  }

  /** Emits a step on one variable, whose moments are variables {@code NAME/MOMENT}. */
  void update(
      GraphBuilder builder,
      Op op,
      Variable variable,
      Value gradient,
      List<Value> scalars,
      String... moments) {
    List<Variable> changed = new ArrayList<>(List.of(variable));
    for (String moment : moments) {
      changed.add(new Variable(variable.name() + "/" + moment, variable.type()));
    }
    List<Value> inputs = new ArrayList<>();
    changed.forEach(each -> inputs.add(builder.read(each)));
    inputs.add(1, gradient);
    inputs.addAll(scalars);
    if (gradientFactor != null) {
      inputs.add(gradientFactor);
    }
    List<Value> updated = builder.emit(op, inputs);
    for (int i = 0; i < changed.size(); i++) {
      builder.assign(changed.get(i), updated.get(i));
    }
  }
}
