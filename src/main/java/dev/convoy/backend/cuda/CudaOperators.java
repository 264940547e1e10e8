package dev.convoy.backend.cuda;

import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Op;
import java.util.Map;

/** The kernel of each operator. */
final class CudaOperators {

  static final Map<Class<? extends Op>, CudaRule> TABLE =
      Map.ofEntries(
          Map.entry(Conv2dOp.class, Conv2dCuda::forward),
          Map.entry(Conv2dOp.GradInput.class, Conv2dCuda::gradInput),
          Map.entry(Conv2dOp.GradWeight.class, Conv2dCuda::gradWeight),
          Map.entry(FusedConv2dOp.class, Conv2dCuda::fused),
          Map.entry(MatmulOp.class, MatmulCuda::lower));

  private CudaOperators() {}
}
