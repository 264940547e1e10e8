package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Kernel;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.backend.Step;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A graph on its way to a program: creates every primitive, decides which values share memory, then
 * places all of it in one arena and binds the primitives to their addresses.
 */
final class Lowering {

  private final Graph graph;
  private final LayoutAssignment layouts;
  private final Set<Value> constants;
  private final Set<Value> results;
  private final Map<Value, Integer> lastConsumer = new IdentityHashMap<>();
  private final Map<Value, List<Node>> consumers;
  private final Map<Value, Variable> assignedTo = new IdentityHashMap<>();
  private final Map<Value, Storage> storages = new IdentityHashMap<>();
  private final Map<Variable, Storage> variableStorages;
  private final Set<Storage> own = new LinkedHashSet<>();
  private final Storage scratchpad = new Storage(0);
  private final Map<Value, List<Converted>> converted = new IdentityHashMap<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<Step> setup = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private @Nullable Node current;
  private int currentIndex;
  private boolean assigning;
  private long heap;

  private record Converted(memory.desc description, Storage storage) {}

  private record Binding(memory memory, Storage storage) {}

  /**
   * @param variableStorages where the variables live; not placed yet when only sizes are asked for
   */
  Lowering(Graph graph, Map<Variable, Storage> variableStorages) {
    this.graph = graph;
    this.variableStorages = variableStorages;
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
    scratchpad.pin();
    own.add(scratchpad);
  }

  private void adoptVariable(Variable variable, Value value) {
    Storage storage = variableStorages.get(variable);
    if (storage == null) {
      throw new ConvoyException("variable " + variable + " is not in the state");
    }
    storage.values.add(value);
    storages.put(value, storage);
  }

  /** Lowers all nodes with the kernels of a table. */
  void lower(Map<Class<? extends Op>, OneDnnKernel> kernels) {
    for (int i = 0; i < graph.nodes().size(); i++) {
      Node node = graph.nodes().get(i);
      current = node;
      currentIndex = i;
      OneDnnKernel kernel = kernels.get(node.op().getClass());
      if (kernel == null) {
        throw new ConvoyException(node.label() + ": onednn has no kernel for this operator");
      }
      lowerOne(node, kernel);
    }
    copyAssignments();
    graph.outputs().values().forEach(value -> storage(value).pin());
  }

  private void lowerOne(Node node, OneDnnKernel kernel) {
    try {
      kernel.lower(node, this);
    } catch (ConvoyException e) {
      throw new ConvoyException(node.label() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      // oneDNN's own exceptions say no more than "could not create a primitive descriptor".
      throw new ConvoyException(
          node.label()
              + " "
              + node.inputTypes()
              + ": onednn cannot run it ("
              + e.getMessage()
              + ")",
          e);
    }
  }

  /** Values that could not be computed in a variable's own place are copied there at the end. */
  private void copyAssignments() {
    assigning = true;
    Map<Value, Storage> sources = new IdentityHashMap<>();
    Set<Storage> overwritten = new LinkedHashSet<>();
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              sources.put(value, storage(value));
              if (variableStorages.get(variable) != storage(value)) {
                overwritten.add(Objects.requireNonNull(variableStorages.get(variable)));
              }
            });
    sources.replaceAll((value, source) -> overwritten.contains(source) ? kept(value) : source);
    graph
        .assignments()
        .forEach(
            (variable, value) -> {
              Storage target = Objects.requireNonNull(variableStorages.get(variable));
              if (overwritten.contains(target)) {
                memory.desc row = Descriptors.of(value.type(), Layout.ROW_MAJOR);
                reorder(Objects.requireNonNull(sources.get(value)), describe(value), target, row);
              }
            });
  }

  /** A copy of what a variable held before the run, where another assignment overwrites it. */
  private Storage kept(Value value) {
    Storage copy = temporary(value.type().bytes());
    reorder(storage(value), describe(value), copy, describe(value));
    return copy;
  }

  // What kernels ask for.

  Graph graph() {
    return graph;
  }

  Layout layout(Value value) {
    return layouts.of(value);
  }

  memory.desc describe(Value value) {
    return Descriptors.of(value.type(), layouts.of(value));
  }

  /** Where a value lives; made on first use. */
  Storage storage(Value value) {
    return storages.computeIfAbsent(
        value,
        v -> {
          Storage storage = temporary(v.type().bytes());
          storage.values.add(v);
          return storage;
        });
  }

  Storage temporary(long bytes) {
    Storage storage = new Storage(MemoryPlan.aligned(bytes));
    own.add(storage);
    return storage;
  }

  /** Has a value live where another does. */
  void alias(Value value, Value other) {
    Storage storage = storage(other);
    storage.values.add(value);
    storages.put(value, storage);
  }

  /**
   * Lets an output take the place of an input that nobody reads afterwards.
   *
   * @return whether it could be done
   */
  boolean tryInPlace(Value output, Value input) {
    Storage storage = storage(input);
    Variable variable = assignedTo.get(output);
    boolean intoVariable =
        variable != null && storage == variableStorages.get(variable) && diesHere(storage);
    boolean overIntermediate =
        !storage.pinned()
            && own.contains(storage)
            && output.type().bytes() <= storage.bytes()
            && diesHere(storage);
    if ((intoVariable || overIntermediate) && layout(output) == layout(input)) {
      alias(output, input);
      return true;
    }
    return false;
  }

  private boolean diesHere(Storage storage) {
    long readers =
        graph.nodes().get(currentIndex).inputs().stream()
            .distinct()
            .filter(input -> storages.get(input) == storage)
            .count();
    if (readers != 1) {
      return false;
    }
    for (Value value : storage.values) {
      if (lastConsumer.getOrDefault(value, -1) > currentIndex || results.contains(value)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a value is read by these operators alone and leaves the graph nowhere. */
  boolean onlyReadBy(Value value, Class<? extends Op> reader) {
    return !results.contains(value)
        && consumers.getOrDefault(value, List.of()).stream()
            .allMatch(node -> reader.isInstance(node.op()));
  }

  boolean isRead(Value value) {
    return consumers.containsKey(value);
  }

  /** Whether a value is made by this operator. */
  boolean madeBy(Value value, Class<? extends Op> maker) {
    return graph.nodes().stream()
        .anyMatch(node -> maker.isInstance(node.op()) && node.outputs().contains(value));
  }

  boolean isConstant(Value value) {
    return constants.contains(value);
  }

  /** A value in another order or type; constants are converted once, others in every run. */
  Storage converted(Value value, memory.desc from, memory.desc to) {
    if (from.equals(to)) {
      return storage(value);
    }
    List<Converted> known = converted.computeIfAbsent(value, unused -> new ArrayList<>());
    if (isConstant(value)) {
      for (Converted candidate : known) {
        if (candidate.description.equals(to)) {
          return candidate.storage;
        }
      }
    }
    Storage target = temporary(to.get_size());
    reorder(storage(value), from, target, to);
    known.add(new Converted(to, target));
    return target;
  }

  void reorder(Storage source, memory.desc from, Storage target, memory.desc to) {
    new Call(this, Primitives.reorder(from, to))
        .argument(Primitives.FROM, source, from)
        .argument(Primitives.TO, target, to)
        .add();
  }

  /** Adds a kernel that reads and writes these places. */
  void add(Kernel kernel, Storage... touched) {
    Node node = Objects.requireNonNull(current);
    if (!assigning && (constants.containsAll(node.inputs()) || onlyConstants(touched))) {
      for (Storage storage : touched) {
        storage.pin();
      }
      setup.add(new Step(node, kernel));
    } else {
      for (Storage storage : touched) {
        storage.use(steps.size());
      }
      steps.add(new Step(node, kernel));
    }
  }

  /** A conversion of a constant belongs to the setup although its node does not. */
  private boolean onlyConstants(Storage... touched) {
    return touched.length == 2
        && !touched[0].values.isEmpty()
        && touched[1].values.isEmpty()
        && constants.containsAll(touched[0].values);
  }

  memory memory(Storage storage, memory.desc description) {
    memory memory = new memory(description, OneDnn.ENGINE, new Pointer());
    bindings.add(new Binding(memory, storage));
    return memory;
  }

  Storage scratchpad(long bytes) {
    scratchpad.growTo(MemoryPlan.aligned(bytes));
    return scratchpad;
  }

  /** Notes that a kernel keeps so many bytes on the Java heap. */
  void useHeap(long bytes) {
    heap += bytes;
  }

  // Placing.

  private MemoryPlan plan() {
    List<MemoryPlan.Buffer> buffers = new ArrayList<>();
    own.forEach(storage -> buffers.add(storage.lifetime(steps.size())));
    return MemoryPlan.place(buffers);
  }

  MemoryNeeds needs() {
    long variables = variableStorages.values().stream().mapToLong(Storage::bytes).sum();
    return new MemoryNeeds(
        variables, plan().bytes() - scratchpad.bytes(), scratchpad.bytes() + heap, heap);
  }

  OneDnnExecutable place() {
    MemoryPlan plan = plan();
    NativeMemory arena = new NativeMemory(plan.bytes());
    int index = 0;
    for (Storage storage : own) {
      storage.place(arena.at(plan.offset(index++), storage.bytes()));
    }
    for (Binding binding : bindings) {
      binding.memory.set_data_handle(binding.storage.pointer());
    }
    return new OneDnnExecutable(arena, setup, steps, storages, layouts, needs());
  }
}
