package dev.convoy.backend.onednn;

import dev.convoy.ConvoyException;
import dev.convoy.backend.GraphLowering;
import dev.convoy.backend.Kernel;
import dev.convoy.backend.Layout;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Pointer;

/**
 * Creates every primitive of a graph, then places all memory in one arena and binds the primitives
 * to their addresses.
 */
final class Lowering extends GraphLowering<Storage> {

  private final Map<Value, List<Converted>> converted = new IdentityHashMap<>();
  private final boolean guarded;
  private final List<Binding> bindings = new ArrayList<>();
  private final Map<Float, Storage> numbers = new LinkedHashMap<>();

  private record Converted(memory.desc from, memory.desc to, Storage storage) {}

  private record Binding(memory memory, Storage storage) {}

  Lowering(Graph graph, Map<Variable, Storage> variables) {
    super(graph, variables);
    guarded = graph.nodes().stream().anyMatch(node -> node.op() instanceof FiniteGuardOp);
  }

  @Override
  protected Storage newPlace(long bytes) {
    return new Storage(bytes);
  }

  @Override
  protected void lower(Node node) {
    OneDnnKernel kernel = OneDnnKernels.TABLE.get(node.op().getClass());
    if (kernel == null) {
      throw new ConvoyException(node.label() + ": onednn has no kernel for this operator");
    }
    try {
      kernel.lower(node, this);
    } catch (ConvoyException e) {
      throw new ConvoyException(node.label() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw new ConvoyException(
          node.label()
              + " "
              + node.inputTypes()
              + ": onednn cannot run it ("
              + reason(node, e)
              + ")",
          e);
    }
  }

  /** oneDNN's own exceptions say no more than "could not create a primitive descriptor". */
  private static String reason(Node node, RuntimeException refusal) {
    boolean bf16 = node.inputTypes().stream().anyMatch(type -> type.dtype() == DType.BF16);
    Optional<String> lack = bf16 ? OneDnn.lacks(DType.BF16) : Optional.empty();
    return lack.orElseGet(() -> String.valueOf(refusal.getMessage()));
  }

  @Override
  protected void copy(Value source, Storage target, Layout layout) {
    reorder(storage(source), describe(source), target, Descriptors.of(source.type(), layout));
  }

  /** Whether a guard looks for NaN in what is computed. */
  boolean guarded() {
    return guarded;
  }

  memory.desc describe(Value value) {
    return Descriptors.of(value.type(), layout(value));
  }

  /** A value in another order or type; constants are converted once, others in every run. */
  Storage converted(Value value, memory.desc from, memory.desc to) {
    if (from.equals(to)) {
      return storage(value);
    }
    List<Converted> known = converted.computeIfAbsent(value, unused -> new ArrayList<>());
    if (isConstant(value)) {
      for (Converted candidate : known) {
        // A square matrix and its transpose have the same elements and shape.
        if (candidate.from.equals(from) && candidate.to.equals(to)) {
          return candidate.storage;
        }
      }
    }
    Storage target = temporary(to.get_size());
    reorder(storage(value), from, target, to);
    known.add(new Converted(from, to, target));
    return target;
  }

  void reorder(Storage source, memory.desc from, Storage target, memory.desc to) {
    boolean weight = holdsWeight(source) || holdsWeight(target);
    new Call(this, Primitives.reorder(from, to))
        .role(weight ? Kernel.Role.WEIGHT_REORDER : Kernel.Role.ACTIVATION_REORDER)
        .argument(Primitives.FROM, source, from)
        .argument(Primitives.TO, target, to)
        .add();
  }

  /** Activations with four axes are channels last. */
  private boolean holdsWeight(Storage storage) {
    return storage.values().stream()
        .anyMatch(
            value ->
                graph().variables().containsValue(value)
                    || (value.shape().rank() == 4 && layout(value) == Layout.ROW_MAJOR));
  }

  /** A place that holds one f32 number from the start. */
  Storage number(float number) {
    return numbers.computeIfAbsent(
        number,
        unused -> {
          Storage storage = temporary(Float.BYTES);
          storage.pin();
          return storage;
        });
  }

  memory memory(Storage storage, memory.desc description) {
    memory memory = new memory(description, OneDnn.ENGINE, new Pointer());
    bindings.add(new Binding(memory, storage));
    return memory;
  }

  OneDnnExecutable place() {
    MemoryPlan plan = plan();
    NativeMemory arena = new NativeMemory(plan.bytes());
    int index = 0;
    for (Storage storage : own()) {
      storage.place(arena.at(plan.offset(index++), storage.bytes()));
    }
    numbers.forEach((number, storage) -> storage.floats().put(0, number));
    for (Binding binding : bindings) {
      binding.memory.set_data_handle(binding.storage.pointer());
    }
    return new OneDnnExecutable(arena, setup(), steps(), places(), layouts(), needs());
  }
}
