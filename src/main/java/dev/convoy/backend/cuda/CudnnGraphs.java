package dev.convoy.backend.cuda;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * cuDNN's plans by problem. A network repeats its convolutions, and a run has several programs:
 * each problem is built once a process, and what has no engine is asked for once.
 */
final class CudnnGraphs {

  /** {@code CONVOY_CUDNN=0} keeps to our own kernels, to find out whose a fault is. */
  private static final boolean ALLOWED = CudaOptions.on("CONVOY_CUDNN");

  private final PlanCache plans;

  /** Null where no engine fits. */
  private final Map<String, @Nullable CudnnGraph> known = new HashMap<>();

  CudnnGraphs(PlanCache plans) {
    this.plans = plans;
  }

  /**
   * @param problem everything that the graph depends on
   * @throws CudnnGraph.NoEngineException if no engine of the library fits
   */
  synchronized CudnnGraph of(String problem, Supplier<CudnnGraph> build) {
    if (!ALLOWED) {
      throw new CudnnGraph.NoEngineException("cuDNN is turned off by CONVOY_CUDNN=0");
    }
    if (plans.isGuessing() && known.get(problem) == null) {
      return build.get(); // Whose engine is not the one that a measurement would choose.
    }
    if (!known.containsKey(problem)) {
      known.put(problem, null);
      known.put(problem, build.get());
    }
    CudnnGraph graph = known.get(problem);
    if (graph == null) {
      throw new CudnnGraph.NoEngineException("cuDNN has no engine for " + problem);
    }
    return graph;
  }
}
