package dev.convoy.train;

import dev.convoy.backend.State;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import java.util.List;

/** Fills a model's parameters and the loss scale; everything else of a state stays zero. */
public final class InitialState {

  private InitialState() {}

  /**
   * The same seed gives the same numbers on every backend. Parameters that training alone uses are
   * left out where the state does not hold them.
   */
  public static void fill(State state, Layer model, long seed) {
    List<Parameter> parameters = model.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      Parameter parameter = parameters.get(i);
      if (!parameter.trainingOnly() || state.variables().contains(parameter.variable())) {
        state.write(
            parameter.variable(), parameter.initializer().create(parameter.shape(), seed, i));
      }
    }
    LossScale.begin(state);
  }
}
