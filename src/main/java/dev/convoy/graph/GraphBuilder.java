package dev.convoy.graph;

import dev.convoy.ConvoyException;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.Emitter;
import dev.convoy.op.Op;
import dev.convoy.op.ShapeException;
import dev.convoy.op.Value;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph under construction: what a layer's {@code forward} writes to, and what passes and
 * differentiation append to.
 */
public final class GraphBuilder implements Emitter {

  /** Name of the input that keys the random operators; fed by whoever runs the graph. */
  public static final String RANDOM_KEY = "random key";

  private final boolean training;
  private final Map<String, Value> inputs = new LinkedHashMap<>();
  private final Map<Variable, Value> variables = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, Value> outputs = new LinkedHashMap<>();
  private final Map<Variable, Value> assignments = new LinkedHashMap<>();
  private final List<Runnable> deferred = new ArrayList<>();
  private final List<AuxiliaryScores> auxiliary = new ArrayList<>();
  private String scope = "";
  private int randomStreams;

  /**
   * @param training whether layers behave as in training: dropout drops, batch normalisation uses
   *     the batch's statistics
   */
  public GraphBuilder(boolean training) {
    this.training = training;
  }

  /** The builder that a value belongs to. */
  public static GraphBuilder of(Value value) {
    return (GraphBuilder) value.emitter();
  }

  public boolean training() {
    return training;
  }

  /** Declares an input; the same name gives the same value. */
  public Value input(String name, TensorType type) {
    Value existing = inputs.get(name);
    if (existing == null) {
      existing = new Value(type, this);
      inputs.put(name, existing);
    } else if (!existing.type().equals(type)) {
      throw new ConvoyException(
          "input " + name + " is declared as " + existing.type() + " and as " + type);
    }
    return existing;
  }

  /** The value that a variable holds at the start of a run. */
  public Value read(Variable variable) {
    return variables.computeIfAbsent(variable, v -> new Value(v.type(), this));
  }

  /** Has a variable hold a value after the run. */
  public void assign(Variable variable, Value value) {
    if (!variable.type().equals(value.type())) {
      throw new ShapeException("cannot assign " + value.type() + " to " + variable);
    }
    if (assignments.put(variable, value) != null) {
      throw new ConvoyException("variable " + variable.name() + " is assigned twice");
    }
  }

  /** Emits later: what runs here runs when the graph is built, after everything else. */
  public void atEnd(Runnable emission) {
    String current = scope;
    deferred.add(() -> inScope(current, emission));
  }

  public void output(String name, Value value) {
    if (outputs.put(name, value) != null) {
      throw new ConvoyException("output " + name + " is declared twice");
    }
  }

  /**
   * Hands scores of an auxiliary classifier to whoever makes the loss. Only in training.
   *
   * @param weight of their loss beside the main classifier's
   */
  public void auxiliary(Value scores, double weight) {
    if (!training) {
      throw new IllegalStateException("auxiliary scores outside of training");
    }
    auxiliary.add(new AuxiliaryScores(scores, weight));
  }

  public List<AuxiliaryScores> auxiliary() {
    return List.copyOf(auxiliary);
  }

  /** Key of the random operators: seed and step. */
  public Value randomKey() {
    return input(RANDOM_KEY, DropoutOp.KEY);
  }

  /** A number that tells this random operator from all others of the graph. */
  public int nextRandomStream() {
    return randomStreams++;
  }

  /** Runs an emission under a whole path. */
  public void inScope(String path, Runnable emission) {
    String outer = scope;
    scope = path;
    try {
      emission.run();
    } finally {
      scope = outer;
    }
  }

  @Override
  public List<Value> emit(Op op, List<Value> inputs) {
    for (Value input : inputs) {
      if (input.emitter() != this) {
        throw new ConvoyException(op.name() + ": input " + input + " belongs to another graph");
      }
    }
    List<TensorType> types;
    try {
      types = op.infer(inputs.stream().map(Value::type).toList());
    } catch (ShapeException e) {
      throw e.in(scope);
    }
    List<Value> results = types.stream().map(type -> new Value(type, this)).toList();
    nodes.add(new Node(op, inputs, results, scope));
    return results;
  }

  /** The nodes so far. */
  public List<Node> nodes() {
    return List.copyOf(nodes);
  }

  /** Finishes: runs the deferred emissions and freezes the graph. */
  public Graph build() {
    List<Runnable> emissions = List.copyOf(deferred);
    deferred.clear();
    emissions.forEach(Runnable::run);
    return new Graph(inputs, variables, nodes, outputs, assignments);
  }
}
