package dev.convoy.train;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Value;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The exponential moving average of a model's parameters and statistics (Polyak and Juditsky, 1992;
 * in this form torchvision's {@code ExponentialMovingAverage}). The average of {@code NAME} is the
 * variable {@code NAME/average}.
 */
final class WeightAverage {

  private static final String SUFFIX = "/average";

  private WeightAverage() {}

  static Variable of(Variable variable) {
    return new Variable(variable.name() + SUFFIX, variable.type());
  }

  /**
   * average ← (1−α)·average + α·parameter.
   *
   * @param share α in [0, 1]; 1 makes the average a copy
   */
  static Graph update(Layer model, double share) {
    GraphBuilder builder = new GraphBuilder(false);
    for (Parameter parameter : model.parameters()) {
      Variable variable = parameter.variable();
      Variable average = of(variable);
      builder.assign(
          average,
          builder.read(average).apply(new MovingAverageOp(share, 1), builder.read(variable)));
    }
    return builder.build();
  }

  /** The same graph over the averages. */
  static Graph evaluation(Graph graph) {
    Map<Variable, Value> averages = new LinkedHashMap<>();
    graph.variables().forEach((variable, value) -> averages.put(of(variable), value));
    return new Graph(graph.inputs(), averages, graph.nodes(), graph.outputs(), Map.of());
  }
}
