package dev.convoy.backend.cuda;

import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.LarsUpdateOp;
import dev.convoy.op.LocalResponseNormOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.Op;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.RmsPropUpdateOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.UnscaleOp;
import java.util.HashMap;
import java.util.Map;

/**
 * How each operator is lowered: by a library, by a rule of its own, or else by the launches that
 * {@link CudaKernels} plans.
 */
final class CudaOperators {

  static final Map<Class<? extends Op>, CudaRule> TABLE = table();

  private CudaOperators() {}

  private static Map<Class<? extends Op>, CudaRule> table() {
    Map<Class<? extends Op>, CudaRule> table = new HashMap<>();
    CudaKernels.operators().forEach(op -> table.put(op, PlanCuda::pictures));
    table.put(AdamUpdateOp.class, UpdateCuda::lower);
    table.put(BatchNorm2dOp.class, BatchNorm2dLowering::forward);
    table.put(BatchNorm2dOp.Grad.class, BatchNorm2dLowering::gradient);
    table.put(BinaryOp.class, PlanCuda::strided);
    table.put(BroadcastOp.class, PlanCuda::strided);
    table.put(CastOp.class, PlanCuda::elements);
    table.put(ConcatOp.class, PlanCuda::elements);
    table.put(Conv2dOp.class, Conv2dCuda::forward);
    table.put(Conv2dOp.GradInput.class, Conv2dCuda::gradInput);
    table.put(Conv2dOp.GradWeight.class, Conv2dCuda::gradWeight);
    table.put(FiniteGuardOp.class, PlanCuda::elements);
    table.put(FusedConv2dOp.class, Conv2dCuda::fused);
    table.put(FlipOp.class, PlanCuda::strided);
    table.put(LarsUpdateOp.class, UpdateCuda::lower);
    table.put(LocalResponseNormOp.class, LegacyLowering::responseNorm);
    table.put(LocalResponseNormOp.GradInput.class, LegacyLowering::responseNormGradient);
    table.put(LossScaleOp.class, UpdateCuda::lossScale);
    table.put(MatmulOp.class, MatmulCuda::lower);
    table.put(MaxUnpool2dOp.class, MaxUnpool2dCuda::lower);
    table.put(MaxUnpool2dOp.GradInput.class, MaxUnpool2dCuda::lower);
    table.put(MovingAverageOp.class, PlanCuda::elements);
    table.put(ReduceOp.class, PlanCuda::strided);
    table.put(ReshapeOp.class, ReshapeCuda::lower);
    table.put(RmsPropUpdateOp.class, UpdateCuda::lower);
    table.put(SgdUpdateOp.class, UpdateCuda::lower);
    table.put(SliceOp.class, PlanCuda::elements);
    table.put(SliceOp.GradInput.class, PlanCuda::elements);
    table.put(SoftmaxOp.class, LegacyLowering::softmax);
    table.put(SoftmaxOp.Grad.class, LegacyLowering::softmaxGradient);
    table.put(TransposeOp.class, PlanCuda::strided);
    table.put(UnaryOp.class, PlanCuda::elements);
    table.put(UnaryOp.Grad.class, PlanCuda::elements);
    table.put(UnscaleOp.class, UpdateCuda::unscale);
    return Map.copyOf(table);
  }
}
