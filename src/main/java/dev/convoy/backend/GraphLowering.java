package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph on its way to a program, as far as it is the same on every backend with memory of its
 * own: which values share a place, when a place is in use, which kernels run once and which in
 * every step.
 *
 * @param <P> the backend's places
 */
public abstract class GraphLowering<P extends Place> {

  private final Graph graph;
  private final LayoutAssignment layouts;
  private final Set<Value> constants;
  private final Set<Value> results;
  private final Map<Value, Integer> lastConsumer = new IdentityHashMap<>();
  private final Map<Value, List<Node>> consumers;
  private final Map<Value, Variable> assignedTo = new IdentityHashMap<>();
  private final Map<Value, P> places = new IdentityHashMap<>();
  private final Map<Variable, P> variablePlaces;
  private final Set<P> own = new LinkedHashSet<>();
  private final P scratchpad;
  private final List<Step> setup = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private @Nullable Node current;
  private int currentIndex;
  private boolean assigning;
  private long heap;

  /**
   * @param variablePlaces where the variables live; without addresses when only sizes are asked for
   */
  protected GraphLowering(Graph graph, Map<Variable, P> variablePlaces) {
    this.graph = graph;
    this.variablePlaces = variablePlaces;
    this.layouts = new LayoutAssignment(graph);
    this.constants = graph.constants();
    this.results = graph.results();
    this.consumers = graph.consumers();
    graph.assignments().forEach((variable, value) -> assignedTo.put(value, variable));
    for (int i = 0; i < graph.nodes().size(); i++) {
      for (Value input : graph.nodes().get(i).inputs()) {
        lastConsumer.put(input, i);
      }
    }
    graph.variables().forEach(this::adoptVariable);
    graph.inputs().values().forEach(value -> storage(value).pin());
    scratchpad = temporary(0);
    scratchpad.pin();
  }

  private void adoptVariable(Variable variable, Value value) {
    P place = variablePlaces.get(variable);
    if (place == null) {
      throw new ConvoyException("variable " + variable + " is not in the state");
    }
    place.keep(value);
    places.put(value, place);
  }

  /** A place without values and without an address. */
  protected abstract P newPlace(long bytes);

  /** Lowers one node with the kernel that the backend's table has for it. */
  protected abstract void lower(Node node);

  /** Adds a copy of a whole place, from one layout to another. */
  protected abstract void copy(Value source, P target, Layout layout);

  /** Adds what a backend kept for the end. */
  protected void finish() {}

  /** Lowers all nodes. */
  public final void lower() {
    for (int i = 0; i < graph.nodes().size(); i++) {
      current = graph.nodes().get(i);
      currentIndex = i;
      lower(graph.nodes().get(i));
    }
    finish();
    copyAssignments();
    graph.outputs().values().forEach(value -> storage(value).pin());
  }

  /** Values that could not be computed in a variable's own place are copied there at the end. */
  private void copyAssignments() {
    assigning = true;
    Map<P, Value> copies = new LinkedHashMap<>();
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              P target = variablePlaces.get(variable);
              if (target != null && target != storage(value)) {
                copies.put(target, value);
              }
            });
    for (Value result : results) {
      if (copies.containsKey(storage(result))) {
        keep(result);
      }
    }
    copies.forEach((target, value) -> copy(value, target, Layout.ROW_MAJOR));
  }

  /** Saves what a variable held before the run, which leaves the graph, from being overwritten. */
  private void keep(Value value) {
    P kept = temporary(value.type().bytes());
    copy(value, kept, layout(value));
    kept.keep(value);
    places.put(value, kept);
  }

  // What kernels ask for.

  public final Graph graph() {
    return graph;
  }

  public final Layout layout(Value value) {
    return layouts.of(value);
  }

  /** Where a value lives; made on first use. */
  public final P storage(Value value) {
    return storage(value, value.type().bytes());
  }

  /**
   * Gives a value a place of another size than its type's, before anyone asks for its place: for a
   * value that is kept in a form that only its readers know.
   */
  public final P storage(Value value, long bytes) {
    return places.computeIfAbsent(
        value,
        v -> {
          P place = temporary(bytes);
          place.keep(v);
          return place;
        });
  }

  /** A place for something that is no value of the graph. */
  public final P temporary(long bytes) {
    P place = newPlace(MemoryPlan.aligned(bytes));
    own.add(place);
    return place;
  }

  /** Has a value live where another does. */
  public final void alias(Value value, Value other) {
    P place = storage(other);
    place.keep(value);
    places.put(value, place);
  }

  /**
   * Lets an output take the place of an input that nobody reads afterwards.
   *
   * @return whether it could be done
   */
  public final boolean tryInPlace(Value output, Value input) {
    P place = storage(input);
    Variable variable = assignedTo.get(output);
    boolean intoVariable =
        variable != null && place == variablePlaces.get(variable) && diesHere(place);
    boolean overIntermediate =
        !place.pinned()
            && !place.settled()
            && own.contains(place)
            && output.type().bytes() <= place.bytes()
            && diesHere(place);
    if ((intoVariable || overIntermediate) && layout(output) == layout(input)) {
      alias(output, input);
      return true;
    }
    return false;
  }

  private boolean diesHere(P place) {
    long readers =
        graph.nodes().get(currentIndex).inputs().stream()
            .distinct()
            .filter(input -> places.get(input) == place)
            .count();
    if (readers != 1) {
      return false;
    }
    for (Value value : place.values()) {
      if (lastConsumer.getOrDefault(value, -1) > currentIndex || results.contains(value)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a value is read by these operators alone and leaves the graph nowhere. */
  public final boolean onlyReadBy(Value value, Class<? extends Op> reader) {
    return !results.contains(value)
        && consumers.getOrDefault(value, List.of()).stream()
            .allMatch(node -> reader.isInstance(node.op()));
  }

  public final boolean isRead(Value value) {
    return consumers.containsKey(value);
  }

  /** Whether a value is made by this operator. */
  public final boolean madeBy(Value value, Class<? extends Op> maker) {
    return graph.nodes().stream()
        .anyMatch(node -> maker.isInstance(node.op()) && node.outputs().contains(value));
  }

  public final boolean isConstant(Value value) {
    return constants.contains(value);
  }

  /** Adds a kernel that reads and writes these places. */
  @SafeVarargs
  public final void add(Kernel kernel, P... touched) {
    Node node = Objects.requireNonNull(current);
    if (!assigning && (constants.containsAll(node.inputs()) || onlyConstants(touched))) {
      for (P place : touched) {
        place.useInSetup(setup.size());
      }
      setup.add(new Step(node, kernel));
    } else {
      for (P place : touched) {
        place.use(steps.size());
      }
      steps.add(new Step(node, kernel));
    }
  }

  /** A conversion of a constant belongs to the setup although its node does not. */
  private boolean onlyConstants(P[] touched) {
    return touched.length == 2 && touched[1].values().isEmpty() && isConstant(touched[0]);
  }

  private boolean isConstant(P place) {
    return place.values().isEmpty() ? place.settled() : constants.containsAll(place.values());
  }

  /** Memory that kernels use one after another; as large as the largest demand. */
  public final P scratchpad(long bytes) {
    scratchpad.growTo(MemoryPlan.aligned(bytes));
    return scratchpad;
  }

  /** Notes that a kernel keeps so many bytes on the Java heap. */
  public final void useHeap(long bytes) {
    heap += bytes;
  }

  // What the backend asks for when all nodes are lowered.

  public final MemoryNeeds needs() {
    long variables = variablePlaces.values().stream().mapToLong(Place::bytes).sum();
    return new MemoryNeeds(
        variables, plan().bytes() - scratchpad.bytes(), scratchpad.bytes() + heap, heap);
  }

  protected final MemoryPlan plan() {
    List<MemoryPlan.Buffer> buffers = new ArrayList<>();
    own.forEach(place -> buffers.add(place.lifetime(setup.size(), steps.size())));
    return MemoryPlan.place(buffers, alignment());
  }

  /** Of the addresses of places, in bytes. */
  protected long alignment() {
    return MemoryPlan.ALIGNMENT;
  }

  /** The places of the program's own arena, in the order of {@link #plan}. */
  protected final Set<P> own() {
    return own;
  }

  protected final Map<Value, P> places() {
    return places;
  }

  protected final LayoutAssignment layouts() {
    return layouts;
  }

  protected final List<Step> setup() {
    return setup;
  }

  protected final List<Step> steps() {
    return steps;
  }
}
