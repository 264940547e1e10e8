package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.FloatPointer;
import org.jspecify.annotations.Nullable;

/**
 * One or more operations that cuDNN runs as one kernel. Building it asks cuDNN's heuristics for
 * engines, drops those that do not fit or are not reproducible, times the best of the rest over
 * memory of the right size, and keeps the fastest. A choice that was made before, also by another
 * process, is not timed again, and no other plan is built.
 */
final class CudnnGraph {

  /** How many engines of the heuristics' list are timed, and how often each. */
  private static final int CANDIDATES = 8;

  private static final int REPETITIONS = 4;
  private static final int NOTES = 16;

  /**
   * An engine that wants more is slower where it is not wanted: the arena holds it all the time.
   */
  private static final long MOST_WORKSPACE = 2L << 30;

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
  private final CudnnDescriptor plan;
  private final Map<Long, FloatPointer> scalars = new HashMap<>();
  private final long workspaceBytes;

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
    tensors.stream()
        .filter(CudnnTensor::isScalar)
        .forEach(tensor -> scalars.put(tensor.id(), new FloatPointer(tensor.value())));
    this.operations =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, problem)
            .setHandle(cudnn.CUDNN_ATTR_OPERATIONGRAPH_HANDLE, context.cudnn())
            .setParts(
                cudnn.CUDNN_ATTR_OPERATIONGRAPH_OPS, operations.toArray(CudnnDescriptor[]::new));
    if (this.operations.tryFinalise() != cudnn.CUDNN_STATUS_SUCCESS) {
      throw noEngine();
    }
    plan =
        choose(cudnn.CUDNN_HEUR_MODE_A, tensorFloat32)
            .or(() -> choose(cudnn.CUDNN_HEUR_MODE_FALLBACK, tensorFloat32))
            .orElseThrow(this::noEngine);
    workspaceBytes = workspaceBytes(plan);
  }

  private NoEngineException noEngine() {
    return new NoEngineException("cuDNN has no engine for " + problem);
  }

  /** The fastest of what the heuristics propose, if any of it can run. */
  private Optional<CudnnDescriptor> choose(int mode, boolean tensorFloat32) {
    List<CudnnDescriptor> configurations = configurations(mode, tensorFloat32);
    String key = problem + " mode " + mode + (tensorFloat32 ? " tf32" : "");
    int number =
        configurations.size() < 2 ? 0 : context.plans().fastest(key, () -> measure(configurations));
    if (number < configurations.size()) {
      Optional<CudnnDescriptor> chosen = plan(configurations.get(number));
      if (chosen.isPresent()) {
        return chosen;
      }
    }
    return configurations.stream().flatMap(c -> plan(c).stream()).findFirst();
  }

  /** Engines as the heuristics rank them, without those that must not run here. */
  private List<CudnnDescriptor> configurations(int mode, boolean tensorFloat32) {
    try (CudnnDescriptor heuristics =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, "heuristics")
            .setParts(cudnn.CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, operations)
            .setEnum(cudnn.CUDNN_ATTR_ENGINEHEUR_MODE, cudnn.CUDNN_TYPE_HEUR_MODE, mode)) {
      if (heuristics.tryFinalise() != cudnn.CUDNN_STATUS_SUCCESS) {
        return List.of();
      }
      return heuristics
          .getParts(
              cudnn.CUDNN_ATTR_ENGINEHEUR_RESULTS,
              cudnn.CUDNN_BACKEND_ENGINECFG_DESCRIPTOR,
              "an engine",
              4 * CANDIDATES)
          .stream()
          .filter(configuration -> allowed(configuration, tensorFloat32))
          .toList();
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

  /** A plan that runs an engine; empty if it cannot, which cuDNN says only here. */
  private Optional<CudnnDescriptor> plan(CudnnDescriptor configuration) {
    CudnnDescriptor plan =
        new CudnnDescriptor(cudnn.CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, "a plan")
            .setHandle(cudnn.CUDNN_ATTR_EXECUTION_PLAN_HANDLE, context.cudnn())
            .setParts(cudnn.CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
    if (plan.tryFinalise() == cudnn.CUDNN_STATUS_SUCCESS
        && workspaceBytes(plan) <= MOST_WORKSPACE) {
      return Optional.of(plan);
    }
    plan.close();
    return Optional.empty();
  }

  /** What it computes, by name. */
  String problem() {
    return problem;
  }

  long workspaceBytes() {
    return workspaceBytes;
  }

  private static long workspaceBytes(CudnnDescriptor plan) {
    return plan.getLong(cudnn.CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE);
  }

  /**
   * Times the first engines that can run, over memory of their own, and returns the position of the
   * fastest in the list.
   */
  private int measure(List<CudnnDescriptor> configurations) {
    Map<Integer, CudnnDescriptor> candidates = new LinkedHashMap<>();
    for (int i = 0; i < configurations.size() && candidates.size() < CANDIDATES; i++) {
      int number = i;
      plan(configurations.get(i)).ifPresent(plan -> candidates.put(number, plan));
    }
    if (candidates.isEmpty()) {
      return 0;
    }
    long workspace =
        candidates.values().stream().mapToLong(CudnnGraph::workspaceBytes).max().orElse(0);
    long bytes = tensors.stream().mapToLong(CudnnGraph::aligned).sum();
    try (DeviceMemory memory = new DeviceMemory(context, bytes + workspace)) {
      long[] addresses = new long[tensors.size()];
      long next = memory.address();
      for (int i = 0; i < addresses.length; i++) {
        addresses[i] = next;
        next += aligned(tensors.get(i));
      }
      long end = next;
      Map<Integer, Float> times = new LinkedHashMap<>();
      candidates.forEach((number, plan) -> times.put(number, time(plan, addresses, end)));
      return Collections.min(times.entrySet(), Map.Entry.comparingByValue()).getKey();
    } finally {
      candidates.values().forEach(CudnnDescriptor::close);
    }
  }

  private static long aligned(CudnnTensor tensor) {
    return DevicePlace.aligned(tensor.bytes());
  }

  /** Milliseconds of the quickest repetition; infinite for a plan that fails when it runs. */
  private float time(CudnnDescriptor candidate, long[] addresses, long workspace) {
    try (CudnnDescriptor pack = variantPack(addresses, workspace)) {
      return CudaTimer.quickest(context, REPETITIONS, () -> execute(candidate, pack));
    } catch (CudaException e) {
      if (e.deviceLost()) {
        throw e;
      }
      return Float.POSITIVE_INFINITY;
    }
  }

  private void execute(CudnnDescriptor candidate, CudnnDescriptor pack) {
    CudaException.checkCudnn(
        cudnn.cudnnBackendExecute(context.cudnn(), candidate.handle(), pack.handle()),
        "running " + problem);
  }

  /** Scalars are read from the host's memory when a plan is submitted. */
  private long[] withScalars(long[] addresses) {
    long[] all = addresses.clone();
    for (int i = 0; i < all.length; i++) {
      FloatPointer scalar = scalars.get(tensors.get(i).id());
      all[i] = scalar == null ? all[i] : scalar.address();
    }
    return all;
  }

  private CudnnDescriptor variantPack(long[] addresses, long workspace) {
    return new CudnnDescriptor(cudnn.CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "the pointers")
        .setLongs(
            cudnn.CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS,
            tensors.stream().mapToLong(CudnnTensor::id).toArray())
        .setPointers(cudnn.CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, withScalars(addresses))
        .setPointers(cudnn.CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
        .finalise();
  }

  /**
   * The chosen plan over fixed memory.
   *
   * @param address of each tensor, asked when all memory has its place
   */
  DeviceKernel over(ToLongFunction<CudnnTensor> address, DevicePlace workspace) {
    return new PlanCall(address, workspace);
  }

  /** A plan with its pointers. */
  private final class PlanCall implements DeviceKernel {

    private final ToLongFunction<CudnnTensor> address;
    private final DevicePlace workspace;
    private @Nullable CudnnDescriptor pack;

    PlanCall(ToLongFunction<CudnnTensor> address, DevicePlace workspace) {
      this.address = address;
      this.workspace = workspace;
    }

    @Override
    public void bind() {
      pack =
          variantPack(
              tensors.stream()
                  .mapToLong(tensor -> tensor.isScalar() ? 0 : address.applyAsLong(tensor))
                  .toArray(),
              workspace.address());
    }

    @Override
    public void run() {
      execute(plan, Objects.requireNonNull(pack));
    }
  }
}
