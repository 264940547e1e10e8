package dev.convoy.backend.cuda;

import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.ElementCopy;
import dev.convoy.backend.Executable;
import dev.convoy.backend.LayoutAssignment;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Step;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.global.cudart;
import org.jspecify.annotations.Nullable;

/**
 * Prepared kernels over one block of device memory. The first run launches them one by one, because
 * libraries load code when it is first launched; the second is captured as a CUDA graph, and from
 * then on a run is one launch.
 */
final class CudaExecutable implements Executable {

  /** What is known of the graph's values. */
  record Values(
      Map<Value, DevicePlace> places,
      LayoutAssignment layouts,
      Map<Value, CudaInput> inputs,
      Collection<Value> outputs) {}

  private final CudaContext context;
  private final DeviceMemory arena;
  private final List<Step> setup;
  private final List<Step> steps;
  private final Values values;
  private final MemoryNeeds needs;
  private final @Nullable CudaStatus status;
  private final boolean capture;
  private final Map<Value, HostCopy.PinnedMemory> staging = new IdentityHashMap<>();
  private final Map<Value, HostCopy.PinnedMemory> fetched = new IdentityHashMap<>();

  /** When what arrived was last brought into its order: then the next may arrive. */
  private final Map<Value, CUevent_st> arrivalsRead = new IdentityHashMap<>();

  private @Nullable CUgraphExec_st captured;
  private final CUevent_st ended;
  private boolean fetchedAll;
  private boolean warm;

  CudaExecutable(
      CudaContext context,
      DeviceMemory arena,
      List<Step> setup,
      List<Step> steps,
      Values values,
      MemoryNeeds needs,
      @Nullable CudaStatus status,
      boolean capture) {
    this.context = context;
    this.arena = arena;
    this.setup = List.copyOf(setup);
    this.steps = List.copyOf(steps);
    this.values = values;
    this.needs = needs;
    this.status = status;
    this.capture = capture;
    ended = context.newEvent();
    for (Value output : values.outputs) {
      // Locking memory takes longer than a small step.
      fetched.computeIfAbsent(
          output, value -> new HostCopy.PinnedMemory(context, value.type().bytes()));
    }
  }

  @Override
  public List<Step> setup() {
    context.makeCurrent();
    return setup;
  }

  @Override
  public List<Step> steps() {
    context.makeCurrent();
    fetchedAll = false; // Somebody runs single steps.
    return steps;
  }

  /** Launches the step and, behind it, the copies of what will be asked for. */
  @Override
  public void start() {
    context.failIfLost();
    context.makeCurrent();
    CudaStatus word = status;
    if (word != null) {
      word.clear();
    }
    if (capture && warm) {
      launchGraph();
    } else {
      launchAll();
      warm = true;
    }
    if (word != null) {
      word.request();
    }
    fetched.forEach((output, memory) -> memory.request(place(output).address()));
    context.record(ended);
  }

  @Override
  public void finish() {
    context.await(ended);
    fetchedAll = true;
    if (status != null) {
      status.check();
    }
  }

  private DevicePlace place(Value value) {
    DevicePlace place = values.places.get(value);
    if (place == null) {
      throw new IllegalStateException("value " + value + " has no place in this program");
    }
    return place;
  }

  private void launchGraph() {
    CUgraphExec_st graph = captured;
    if (graph == null) {
      graph = capture();
      captured = graph;
    }
    CudaException.check(cudart.cudaGraphLaunch(graph, context.stream()), "launching a step");
  }

  private void launchAll() {
    for (Step step : steps) {
      try {
        step.kernel().run();
      } catch (CudaException e) {
        throw e.at(step.node().label());
      }
    }
  }

  private CUgraphExec_st capture() {
    CUgraph_st graph = new CUgraph_st();
    CUgraphExec_st executable = new CUgraphExec_st();
    CudaException.check(
        cudart.cudaStreamBeginCapture(context.stream(), cudart.cudaStreamCaptureModeThreadLocal),
        "beginning a capture");
    try {
      launchAll();
    } catch (CudaException e) {
      // The capture ends in any case; what broke it is what the user should read.
      cudart.cudaStreamEndCapture(context.stream(), graph);
      throw e;
    }
    CudaException.check(cudart.cudaStreamEndCapture(context.stream(), graph), "ending a capture");
    CudaException.check(cudart.cudaGraphInstantiate(executable, graph, 0), "preparing a graph");
    CudaException.check(cudart.cudaGraphDestroy(graph), "dropping a graph");
    return executable;
  }

  @Override
  public long time(Step step) {
    try (CudaTimer timer = new CudaTimer(context)) {
      return (long) (timer.milliseconds(step.kernel()::run) * 1e6);
    } catch (CudaException e) {
      throw e.at(step.node().label());
    }
  }

  @Override
  public void write(Value value, Tensor source) {
    CudaInput input = values.inputs.get(value);
    if (input == null) {
      throw new IllegalArgumentException(value + " is not fed to this program");
    }
    context.failIfLost();
    context.makeCurrent();
    HostCopy.PinnedMemory memory = staging.get(value);
    if (memory == null) {
      memory = new HostCopy.PinnedMemory(context, source.type().bytes());
      staging.put(value, memory);
    } else {
      memory.awaitCopy();
    }
    DeviceKernel reorder = input.reorder();
    if (reorder == null) {
      // A step that still runs may read the value in this very place.
      memory.write(source.bytes(), input.arrival().address());
    } else {
      CUevent_st read = arrivalsRead.computeIfAbsent(value, unused -> arenaCleared());
      memory.writeAhead(source.bytes(), input.arrival().address(), read);
      reorder.run();
      context.record(read);
    }
  }

  /** The first to arrive must not be cleared with the arena. */
  private CUevent_st arenaCleared() {
    CUevent_st event = context.newEvent();
    context.record(event);
    return event;
  }

  @Override
  public DeviceTensor onDevice(Value value) {
    long address = place(value).address();
    return new DeviceTensor(
        value.type(), values.layouts.of(value), address, context.streamHandle());
  }

  @Override
  public void read(Value value, Tensor target) {
    context.failIfLost();
    context.makeCurrent();
    ByteBuffer copy =
        ByteBuffer.allocate(Math.toIntExact(target.type().bytes())).order(ByteOrder.nativeOrder());
    HostCopy.PinnedMemory memory = fetched.get(value);
    if (memory == null || !fetchedAll) {
      HostCopy.read(context, place(value).address(), copy);
    } else {
      memory.take(copy);
    }
    ElementCopy.read(copy.clear(), values.layouts.of(value), target);
  }

  @Override
  public MemoryNeeds memory() {
    return needs;
  }

  @Override
  public void close() {
    context.makeCurrent();
    CUgraphExec_st graph = captured;
    if (graph != null) {
      cudart.cudaGraphExecDestroy(graph);
      captured = null;
    }
    staging.values().forEach(HostCopy.PinnedMemory::close);
    staging.clear();
    fetched.values().forEach(HostCopy.PinnedMemory::close);
    fetched.clear();
    arrivalsRead.values().forEach(cudart::cudaEventDestroy);
    arrivalsRead.clear();
    cudart.cudaEventDestroy(ended);
    if (status != null) {
      status.close();
    }
    arena.close();
  }
}
