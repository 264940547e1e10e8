package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;

/**
 * A variable of a layer: learned by the optimiser, or, if not trainable, a statistic that the layer
 * itself keeps. Stored in f32.
 */
public final class Parameter {

  private final Layer owner;
  private final String name;
  private final Shape shape;
  private final Initializer initializer;
  private final boolean trainable;

  Parameter(Layer owner, String name, Shape shape, Initializer initializer, boolean trainable) {
    this.owner = owner;
    this.name = name;
    this.shape = shape;
    this.initializer = initializer;
    this.trainable = trainable;
  }

  /** Path in the model, for example {@code layer1.0.conv1.weight}. */
  public String path() {
    return owner.path().isEmpty() ? name : owner.path() + "." + name;
  }

  public Shape shape() {
    return shape;
  }

  public Initializer initializer() {
    return initializer;
  }

  /** Whether an optimiser is to change it: it is no statistic, and its layer is not frozen. */
  public boolean trainable() {
    return trainable && !owner.frozen();
  }

  /** Whether it is an additive term, as PyTorch tells: by its name. */
  public boolean bias() {
    return name.equals("bias");
  }

  /** Whether it belongs to a layer that normalises. */
  public boolean normalizes() {
    return owner instanceof NormalizationLayer;
  }

  /** Whether the parameter belongs to a layer that is applied in training alone. */
  public boolean trainingOnly() {
    return owner.trainingOnly();
  }

  public Variable variable() {
    return new Variable(path(), new TensorType(DType.F32, shape));
  }

  /** What the parameter holds, in the graph that x belongs to. */
  public Value in(Value x) {
    return GraphBuilder.of(x).read(variable());
  }

  @Override
  public String toString() {
    return path() + " " + shape;
  }
}
