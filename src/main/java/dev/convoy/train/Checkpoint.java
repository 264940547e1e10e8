package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.State;
import dev.convoy.graph.Variable;
import dev.convoy.optim.Plateau;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a run needs to continue bit for bit, beside its settings.
 *
 * @param variables parameters, running statistics and the optimiser's moments, by name
 * @param partial sums over the part of the current epoch that is done
 * @param seed decides the order of the pictures and the dropped units
 * @param accumulate batches whose gradients make one update
 */
public record Checkpoint(
    Map<String, Tensor> variables,
    Position position,
    Metrics.Sums partial,
    long seed,
    int accumulate,
    Judgement judgement) {

  /** Copies what the state holds now. */
  static Map<String, Tensor> snapshot(Iterable<Variable> variables, State state) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Variable variable : variables) {
      tensors.put(variable.name(), state.read(variable));
    }
    return tensors;
  }

  public void write(Path file) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("epoch", Integer.toString(position.epoch()));
    metadata.put("batch", Integer.toString(position.batch()));
    metadata.put("step", Long.toString(position.step()));
    metadata.put("seed", Long.toString(seed));
    metadata.put("accumulate", Integer.toString(accumulate));
    metadata.put("best_epoch", Integer.toString(judgement.bestEpoch()));
    metadata.put("best_top1", Double.toString(judgement.bestTop1()));
    Plateau plateau = judgement.plateau();
    metadata.put("plateau_patience", Integer.toString(plateau.patience()));
    metadata.put("plateau_gamma", Double.toString(plateau.gamma()));
    metadata.put("plateau_least", Double.toString(plateau.least()));
    metadata.put("plateau_worse", Integer.toString(plateau.worse()));
    metadata.put("plateau_drops", Integer.toString(plateau.drops()));
    metadata.put("partial_loss", Double.toString(partial.loss()));
    metadata.put("partial_top1", Long.toString(partial.top1()));
    metadata.put("partial_top5", Long.toString(partial.top5()));
    metadata.put("partial_examples", Long.toString(partial.examples()));
    Safetensors.write(file, variables, metadata);
  }

  /**
   * @throws ConvoyException if the file is damaged or no checkpoint
   */
  public static Checkpoint read(Path file) {
    Safetensors content = Safetensors.read(file);
    Fields in = new Fields(file, content.metadata());
    return new Checkpoint(
        content.tensors(),
        new Position((int) in.whole("epoch"), (int) in.whole("batch"), in.whole("step")),
        new Metrics.Sums(
            in.real("partial_loss"),
            in.whole("partial_top1"),
            in.whole("partial_top5"),
            in.whole("partial_examples")),
        in.whole("seed"),
        (int) in.whole("accumulate"),
        new Judgement((int) in.whole("best_epoch"), in.real("best_top1"), plateau(in)));
  }

  private static Plateau plateau(Fields in) {
    return new Plateau(
        (int) in.whole("plateau_patience"),
        in.real("plateau_gamma"),
        in.real("plateau_least"),
        (int) in.whole("plateau_worse"),
        (int) in.whole("plateau_drops"));
  }

  /**
   * Puts the variables back.
   *
   * @throws ConvoyException if one is missing or has another type: another model or optimiser
   */
  public void restore(Path file, State state) {
    for (Variable variable : state.variables()) {
      Tensor saved = variables.get(variable.name());
      if (saved == null || !saved.type().equals(variable.type())) {
        throw new ConvoyException(
            "%s: %s; resume with the model, the optimiser and the flags that the run began with"
                .formatted(
                    file,
                    saved == null
                        ? "no variable " + variable.name()
                        : "%s is %s, needed is %s"
                            .formatted(variable.name(), saved.type(), variable.type())));
      }
    }
    state.variables().forEach(v -> state.write(v, requireSaved(v)));
  }

  private Tensor requireSaved(Variable variable) {
    return java.util.Objects.requireNonNull(variables.get(variable.name()));
  }

  /** Numbers in a safetensors file's metadata. */
  private record Fields(Path file, Map<String, String> metadata) {

    long whole(String name) {
      try {
        return Long.parseLong(text(name));
      } catch (NumberFormatException e) {
        throw notACheckpoint(name, e);
      }
    }

    double real(String name) {
      try {
        return Double.parseDouble(text(name));
      } catch (NumberFormatException e) {
        throw notACheckpoint(name, e);
      }
    }

    private String text(String name) {
      String value = metadata.get(name);
      if (value == null) {
        throw notACheckpoint(name, null);
      }
      return value;
    }

    private ConvoyException notACheckpoint(String name, @Nullable Throwable cause) {
      return new ConvoyException(
          "%s: is no checkpoint of a run (its metadata has no valid %s)".formatted(file, name),
          cause == null ? new IllegalArgumentException(name) : cause);
    }
  }
}
