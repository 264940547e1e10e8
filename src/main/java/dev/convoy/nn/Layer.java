package dev.convoy.nn;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of a network: parameters, child layers, and a {@link #forward} that applies operators.
 *
 * <pre>{@code
 * final class Block extends Layer {
 *   private final Conv2d conv = child("conv", new Conv2d(16, 16, Window2d.of(3).padding(1)));
 *
 *   @Override
 *   protected Value forward(Value x) {
 *     return conv.apply(x).apply(UnaryOp.RELU).apply(BinaryOp.ADD, x);
 *   }
 * }
 * }</pre>
 *
 * <p>Names become paths such as {@code layer1.0.conv1.weight}: the same as torchvision's, so that
 * weights load by name. A layer may be applied several times; its parameters are then shared.
 */
public abstract class Layer {

  private final Map<String, Layer> children = new LinkedHashMap<>();
  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private @Nullable Layer parent;
  private String name = "";
  private boolean frozen;
  private boolean trainingOnly;

  /** Applies the operators of this layer. Called by {@link #apply}, never directly. */
  protected abstract Value forward(Value x);

  /** Traces this layer into the graph that x belongs to. */
  public final Value apply(Value x) {
    Value[] result = new Value[1];
    GraphBuilder.of(x).inScope(path(), () -> result[0] = forward(x));
    return result[0];
  }

  /** Registers a child; names are unique within a layer. */
  protected final <L extends Layer> L child(String childName, L layer) {
    Layer adopted = layer;
    if (adopted.parent != null || adopted == this) {
      throw new IllegalArgumentException("layer " + adopted.path() + " already has a parent");
    }
    if (children.put(childName, adopted) != null) {
      throw new IllegalArgumentException("two children are called " + childName);
    }
    adopted.parent = this;
    adopted.name = childName;
    return layer;
  }

  /**
   * Registers a child that is applied in training alone, such as an auxiliary classifier: its
   * parameters are learned and saved, but neither evaluation nor a weights file needs them.
   */
  protected final <L extends Layer> L trainingChild(String childName, L layer) {
    Layer adopted = child(childName, layer);
    adopted.trainingOnly = true;
    return layer;
  }

  /** Whether this layer or one that holds it is applied in training alone. */
  public final boolean trainingOnly() {
    return trainingOnly || parent != null && parent.trainingOnly();
  }

  /** Registers a parameter that training learns. */
  protected final Parameter parameter(String parameterName, Shape shape, Initializer initializer) {
    return register(new Parameter(this, parameterName, shape, initializer, true), parameterName);
  }

  /** Registers a variable that the layer itself updates, such as a running mean. */
  protected final Parameter statistic(String statisticName, Shape shape, Initializer initializer) {
    return register(new Parameter(this, statisticName, shape, initializer, false), statisticName);
  }

  private Parameter register(Parameter parameter, String parameterName) {
    if (own.put(parameterName, parameter) != null) {
      throw new IllegalArgumentException("two parameters are called " + parameterName);
    }
    return parameter;
  }

  /** Names from the root to this layer, joined by dots; empty for the root. */
  public final String path() {
    return parent == null || parent.path().isEmpty() ? name : parent.path() + "." + name;
  }

  /**
   * Keeps this layer and those below it as they are: graphs that are traced from now on do not
   * learn its parameters, and its batch normalisation uses the running statistics and leaves them
   * alone.
   */
  public final void freeze() {
    frozen = true;
  }

  /** Whether this layer or one above it is frozen. */
  public final boolean frozen() {
    return frozen || parent != null && parent.frozen();
  }

  /** What sort of layer this is, for summaries. */
  public String kind() {
    return getClass().getSimpleName();
  }

  public final Map<String, Layer> children() {
    return Collections.unmodifiableMap(children);
  }

  /** All parameters and statistics of this layer and those below it, in order of registration. */
  public final List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(own.values());
    children.values().forEach(child -> all.addAll(child.parameters()));
    return all;
  }
}
