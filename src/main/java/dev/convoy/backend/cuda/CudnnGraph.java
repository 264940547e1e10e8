package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;

/**
 * One or more operations that cuDNN runs as one kernel. Building it asks cuDNN's heuristics for
 * engines, drops those that do not fit or are not reproducible, times the best of the rest over
 * memory of the right size, and keeps the fastest.
 */
final class CudnnGraph implements AutoCloseable {

  /** How many engines of the heuristics' list are timed, and how often each. */
  private static final int CANDIDATES = 8;

  private static final int REPETITIONS = 4;
  private static final int NOTES = 16;

  /** No engine of the library fits; another element type may have one. */
  static final class NoEngineException extends ConvoyException {

    private static final long serialVersionUID = 1L;

    NoEngineException(String message) {
      super(message);
    }
  }

  private final CudaContext context;
  private final String problem;
  private final List<CudnnTensor> tensors;
  private final CudnnDescriptor operations;
  private final List<CudnnDescriptor> plans = new ArrayList<>();
  private final int chosen;

  /**
   * @param problem names the operations with all their attributes
   * @param tensors those with memory
   * @param tensorFloat32 whether f32 may be rounded to TF32 for the products
   */
  CudnnGraph(
      CudaContext context,
      String problem,
      List<CudnnTensor> tensors,
      List<CudnnDescriptor> operations,
      boolean tensorFloat32) {
    this.context = context;
    this.problem = problem;
    this.tensors = tensors;
    this.operations =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, problem)
            .setHandle(cudnn.CUDNN_ATTR_OPERATIONGRAPH_HANDLE, context.cudnn())
            .setParts(
                cudnn.CUDNN_ATTR_OPERATIONGRAPH_OPS, operations.toArray(CudnnDescriptor[]::new))
            .finalise();
    collectPlans(cudnn.CUDNN_HEUR_MODE_A, tensorFloat32);
    if (plans.isEmpty()) {
      collectPlans(cudnn.CUDNN_HEUR_MODE_FALLBACK, tensorFloat32);
    }
    if (plans.isEmpty()) {
      throw new NoEngineException("cuDNN has no engine for " + problem);
    }
    String key = problem + (tensorFloat32 ? " tf32" : "");
    chosen =
        plans.size() == 1
            ? 0
            : Math.min(context.plans().fastest(key, this::measure), plans.size() - 1);
  }

  private void collectPlans(int mode, boolean tensorFloat32) {
    try (CudnnDescriptor heuristics =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "heuristics")
            .setParts(cudnn.CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, operations)
            .setEnum(cudnn.CUDNN_ATTR_ENGINEHEUR_MODE, cudnn.CUDNN_TYPE_HEUR_MODE, mode)) {
      if (heuristics.tryFinalise() != cudnn.CUDNN_STATUS_SUCCESS) {
        return;
      }
      List<CudnnDescriptor> configurations =
          heuristics.getParts(
              cudnn.CUDNN_ATTR_ENGINEHEUR_RESULTS,
              cudnn.CUDNN_BACKEND_ENGINECFG_DESCRIPTOR,
              "an engine",
              4 * CANDIDATES);
      for (CudnnDescriptor configuration : configurations) {
        if (plans.size() < CANDIDATES && allowed(configuration, tensorFloat32)) {
          tryPlan(configuration);
        }
      }
    }
  }

  private boolean allowed(CudnnDescriptor configuration, boolean tensorFloat32) {
    List<CudnnDescriptor> engine =
        configuration.getParts(
            cudnn.CUDNN_ATTR_ENGINECFG_ENGINE, cudnn.CUDNN_BACKEND_ENGINE_DESCRIPTOR, "engine", 1);
    if (engine.isEmpty()) {
      return false;
    }
    int[] notes =
        engine
            .get(0)
            .getEnums(
                cudnn.CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, cudnn.CUDNN_TYPE_NUMERICAL_NOTE, NOTES);
    engine.get(0).close();
    boolean single = tensors.get(0).dtype() == dev.convoy.tensor.DType.F32;
    return Arrays.stream(notes)
        .noneMatch(
            note ->
                note == cudnn.CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC
                    || note == cudnn.CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION
                    || single
                        && !tensorFloat32
                        && (note == cudnn.CUDNN_NUMERICAL_NOTE_TENSOR_CORE
                            || note == cudnn.CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
  }

  private void tryPlan(CudnnDescriptor configuration) {
    CudnnDescriptor plan =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "a plan")
            .setHandle(cudnn.CUDNN_ATTR_EXECUTION_PLAN_HANDLE, context.cudnn())
            .setParts(cudnn.CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
    if (plan.tryFinalise() == cudnn.CUDNN_STATUS_SUCCESS) {
      plans.add(plan);
    } else {
      plan.close();
    }
  }

  long workspaceBytes() {
    return workspaceBytes(plans.get(chosen));
  }

  private static long workspaceBytes(CudnnDescriptor plan) {
    return plan.getLong(cudnn.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  }

  /** Times every plan over memory of its own and returns the position of the fastest. */
  private int measure() {
    long workspace = plans.stream().mapToLong(CudnnGraph::workspaceBytes).max().orElse(0);
    long bytes = tensors.stream().mapToLong(CudnnGraph::aligned).sum();
    try (DeviceMemory memory = new DeviceMemory(context, bytes + workspace)) {
      long[] addresses = new long[tensors.size()];
      long next = memory.address();
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = next;
        next += aligned(tensors.get(i));
      }
      int fastest = 0;
      float best = Float.POSITIVE_INFINITY;
      for (int i = 0; i < plans.size(); i++) {
        float time = time(plans.get(i), addresses, next);
        if (time < best) {
          best = time;
          fastest = i;
        }
      }
      return fastest;
    }
  }

  private static long aligned(CudnnTensor tensor) {
    return dev.convoy.backend.MemoryPlan.aligned(
        (long) tensor.shape().count() * tensor.dtype().bytes());
  }

  /** Milliseconds of the quickest repetition; infinite for a plan that fails when it runs. */
  private float time(CudnnDescriptor plan, long[] addresses, long workspace) {
    CUevent_st start = new CUevent_st();
    CUevent_st end = new CUevent_st();
    try (CudnnDescriptor pack = variantPack(addresses, workspace)) {
      CudaException.check(cudart.cudaEventCreate(start), "creating an event");
      CudaException.check(cudart.cudaEventCreate(end), "creating an event");
      float best = Float.POSITIVE_INFINITY;
      float[] milliseconds = new float[1];
      for (int i = 0; i < REPETITIONS; i++) {
        CudaException.check(cudart.cudaEventRecord(start, context.stream()), "timing");
        int status = cudnn.cudnnBackendExecute(context.cudnn(), plan.handle(), pack.handle());
        if (status != cudnn.CUDNN_STATUS_SUCCESS) {
          return Float.POSITIVE_INFINITY;
        }
        CudaException.check(cudart.cudaEventRecord(end, context.stream()), "timing");
        CudaException.check(cudart.cudaEventSynchronize(end), "timing " + problem);
        CudaException.check(cudart.cudaEventElapsedTime(milliseconds, start, end), "timing");
        best = i == 0 ? best : Math.min(best, milliseconds[0]);
      }
      return best;
    } finally {
      cudart.cudaEventDestroy(start);
      cudart.cudaEventDestroy(end);
    }
  }

  private CudnnDescriptor variantPack(long[] addresses, long workspace) {
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "the pointers")
        .setLongs(
            cudnn.CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS,
            tensors.stream().mapToLong(CudnnTensor::id).toArray())
        .setPointers(cudnn.CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, addresses)
        .setPointers(cudnn.CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
        .finalise();
  }

  /**
   * The chosen plan over fixed memory.
   *
   * @param address of each tensor, asked when all memory has its place
   */
  DeviceKernel over(ToLongFunction<CudnnTensor> address, DevicePlace workspace) {
    return new PlanCall(this, address, workspace);
  }

  /** A plan with its pointers. */
  private static final class PlanCall implements DeviceKernel {

    private final CudnnGraph graph;
    private final ToLongFunction<CudnnTensor> address;
    private final DevicePlace workspace;
    private org.bytedeco.cuda.cudnn.cudnnBackendDescriptor_t pack =
        new org.bytedeco.cuda.cudnn.cudnnBackendDescriptor_t();

    PlanCall(CudnnGraph graph, ToLongFunction<CudnnTensor> address, DevicePlace workspace) {
      this.graph = graph;
      this.address = address;
      this.workspace = workspace;
    }

    @Override
    public void bind() {
      long[] addresses = graph.tensors.stream().mapToLong(address).toArray();
      pack = graph.variantPack(addresses, workspace.address()).handle();
    }

    @Override
    public void run() {
      CudaException.checkCudnn(
          cudnn.cudnnBackendExecute(
              graph.context.cudnn(), graph.plans.get(graph.chosen).handle(), pack),
          "running " + graph.problem);
    }
  }

  @Override
  public void close() {
    plans.forEach(CudnnDescriptor::close);
    operations.close();
  }
}
