package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.GraphLowering;
import dev.convoy.backend.Layout;
import dev.convoy.backend.MemoryPlan;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Node;
import dev.convoy.graph.Variable;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Prepares the kernels of a graph, then places all memory in one block and binds them to it. */
final class CudaLowering extends GraphLowering<DevicePlace> {

  private final CudaContext context;
  private final CudaOptions options;
  private final List<DeviceKernel> kernels = new ArrayList<>();
  private final Map<Value, List<Converted>> converted = new IdentityHashMap<>();
  private final Map<Value, CudaInput> inputs = new IdentityHashMap<>();
  private final Set<Value> parameters = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<UpdateCuda.Update> updates = new ArrayList<>();
  private final List<Table> tables = new ArrayList<>();
  private final DevicePlace status;
  private boolean statusUsed;

  /** Bytes that are copied to the GPU once, when the addresses in them are known. */
  private record Table(ByteBuffer content, Runnable fill, DevicePlace place) {}

  private record Converted(DType dtype, Layout layout, DevicePlace place) {}

  CudaLowering(
      CudaContext context, CudaOptions options, Graph graph, Map<Variable, DevicePlace> variables) {
    super(graph, variables);
    this.context = context;
    this.options = options;
    parameters.addAll(graph.variables().values());
    this.status = temporary(Integer.BYTES);
    status.pin();
  }

  @Override
  protected DevicePlace newPlace(long bytes) {
    return new DevicePlace(bytes);
  }

  @Override
  protected long alignment() {
    return DevicePlace.ALIGNMENT;
  }

  @Override
  protected void lower(Node node) {
    CudaRule rule = CudaOperators.TABLE.get(node.op().getClass());
    if (rule == null) {
      throw new ConvoyException(
          node.label() + ": cuda has no kernel for this operator; use --device cpu");
    }
    try {
      rule.lower(node, this);
    } catch (CudaException e) {
      throw e.at(node.label());
    } catch (ConvoyException e) {
      throw new ConvoyException(node.label() + ": " + e.getMessage(), e);
    }
  }

  @Override
  protected void copy(Value source, DevicePlace target, Layout layout) {
    ReorderCuda.add(
        this,
        source.shape(),
        new ReorderCuda.Side(storage(source), source.dtype(), layout(source)),
        new ReorderCuda.Side(target, source.dtype(), layout));
  }

  CudaContext context() {
    return context;
  }

  CudaOptions options() {
    return options;
  }

  /** Adds a kernel that is bound when all memory has its place. */
  void addKernel(DeviceKernel kernel, DevicePlace... touched) {
    kernels.add(kernel);
    add(kernel, touched);
  }

  /** The word in which kernels say that they met bad data; 0 otherwise. */
  DevicePlace status() {
    return status;
  }

  /** What a node writes into the status word: its position in the graph, from 1. */
  int statusCode(Node node) {
    return graph().nodes().indexOf(node) + 1;
  }

  void noteStatusUse() {
    statusUsed = true;
  }

  /** Keeps an update for the end of the step, to be launched with others. */
  void atEnd(UpdateCuda.Update update) {
    updates.add(update);
  }

  /** A table in the GPU's memory; {@code fill} puts addresses into it when they are known. */
  DevicePlace table(ByteBuffer content, Runnable fill) {
    DevicePlace place = temporary(content.capacity());
    place.pin();
    tables.add(new Table(content, fill, place));
    return place;
  }

  @Override
  protected void finish() {
    UpdateCuda.launchAll(updates, this);
  }

  /**
   * A value in another type or order; constants are converted once, others in every run. Forward
   * and backward share the copy of a parameter; an activation's would be kept too long.
   */
  DevicePlace converted(Value value, DType dtype, Layout layout) {
    boolean sameOrder = layout(value) == layout || Layout.indifferent(value.shape());
    if (value.dtype() == dtype && sameOrder) {
      return storage(value);
    }
    List<Converted> known = converted.computeIfAbsent(value, unused -> new ArrayList<>());
    if (isConstant(value) || parameters.contains(value)) {
      for (Converted candidate : known) {
        if (candidate.dtype == dtype && candidate.layout == layout) {
          return candidate.place;
        }
      }
    }
    DevicePlace target = temporary((long) value.shape().count() * dtype.bytes());
    ReorderCuda.add(
        this,
        value.shape(),
        new ReorderCuda.Side(storage(value), value.dtype(), layout(value)),
        new ReorderCuda.Side(target, dtype, layout));
    known.add(new Converted(dtype, layout, target));
    return target;
  }

  /** Lowers the graph and what its inputs need to come in as rows and be kept channels last. */
  void lowerAll() {
    lower();
    for (Value input : graph().inputs().values()) {
      boolean rows = layout(input) == Layout.ROW_MAJOR || Layout.indifferent(input.shape());
      if (rows) {
        inputs.put(input, new CudaInput(storage(input), null));
        continue;
      }
      DevicePlace arrival = temporary(input.type().bytes());
      arrival.pin();
      DeviceKernel reorder =
          ReorderCuda.kernel(
              context,
              input.shape(),
              new ReorderCuda.Side(arrival, input.dtype(), Layout.ROW_MAJOR),
              new ReorderCuda.Side(storage(input), input.dtype(), layout(input)));
      kernels.add(reorder);
      inputs.put(input, new CudaInput(arrival, reorder));
    }
  }

  CudaExecutable place() {
    MemoryPlan plan = plan();
    DeviceMemory arena = new DeviceMemory(context, plan.bytes());
    int index = 0;
    for (DevicePlace place : own()) {
      place.place(arena.address() + plan.offset(index++));
    }
    kernels.forEach(DeviceKernel::bind);
    for (Table table : tables) {
      table.fill.run();
      HostCopy.write(context, table.content.clear(), table.place.address());
    }
    CudaStatus word = statusUsed ? new CudaStatus(context, status, graph().nodes()) : null;
    return new CudaExecutable(
        context,
        arena,
        setup(),
        steps(),
        new CudaExecutable.Values(places(), layouts(), inputs, graph().outputs().values()),
        needs(),
        word,
        options.graph());
  }
}
