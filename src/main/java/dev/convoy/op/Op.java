package dev.convoy.op;

import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An operator: its attributes, shape rule, gradient rule and cost. It never computes; kernels in
 * the backends do.
 *
 * <p>Records implement it. Adding one: write the record, add it to the list below, and to the
 * kernel table of each backend (CONTRIBUTING.md walks through it).
 */
public sealed interface Op
    permits AveragePool2dOp,
        AveragePool2dOp.GradInput,
        BatchNorm2dOp,
        BatchNorm2dOp.Grad,
        BatchNorm2dOp.Inference,
        BedOfNails2dOp,
        BedOfNails2dOp.GradInput,
        BinaryOp,
        BroadcastOp,
        CastOp,
        ConcatOp,
        Conv2dOp,
        Conv2dOp.GradInput,
        Conv2dOp.GradWeight,
        CustomOp,
        DequantizeOp,
        DropoutOp,
        FiniteGuardOp,
        FlipOp,
        FusedConv2dOp,
        LocalResponseNormOp,
        LocalResponseNormOp.GradInput,
        LabelWeightOp,
        LarsUpdateOp,
        LossScaleOp,
        MatmulOp,
        MaxPool2dOp,
        MaxPool2dOp.GradInput,
        MaxUnpool2dOp,
        MaxUnpool2dOp.GradInput,
        MovingAverageOp,
        PadOp,
        PadOp.GradInput,
        PixelLookupOp,
        AdamUpdateOp,
        QuantizeOp,
        QuantizeWeightOp,
        QuantizedConv2dOp,
        QuantizedLinearOp,
        QuantizedMaxPool2dOp,
        ReduceOp,
        ReshapeOp,
        RmsPropUpdateOp,
        SgdUpdateOp,
        SliceOp,
        SliceOp.GradInput,
        SoftmaxCrossEntropyOp,
        SoftmaxCrossEntropyOp.Grad,
        SoftmaxOp,
        SoftmaxOp.Grad,
        TransposeOp,
        UnaryOp,
        UnaryOp.Grad,
        UnscaleOp,
        Upsample2dOp,
        Upsample2dOp.GradInput {

  /**
   * Types of the outputs.
   *
   * @throws ShapeException if the inputs break a constraint; the message shows the formula with the
   *     numbers in it
   */
  List<TensorType> infer(List<TensorType> inputs);

  /**
   * Emits the operators that compute the gradient with respect to each input.
   *
   * @return one entry an input; null where none is wanted or none exists
   */
  default List<@Nullable Value> gradient(Gradients g) {
    throw new ShapeException(name() + " has no gradient");
  }

  /** Multiply-add operations of one run. */
  default long macs(List<TensorType> inputs) {
    return 0;
  }

  /** For messages, profiles and documentation, for example {@code Conv2d.GradInput}. */
  default String name() {
    String simple = getClass().getSimpleName();
    Class<?> outer = getClass().getEnclosingClass();
    String own = simple.endsWith("Op") ? simple.substring(0, simple.length() - 2) : simple;
    return outer == null
        ? own
        : outer.getSimpleName().substring(0, outer.getSimpleName().length() - 2) + "." + own;
  }

  /** Gradients of an operator with a single differentiable input in front of constant ones. */
  static List<@Nullable Value> onlyFirst(Gradients g, @Nullable Value gradient) {
    @Nullable Value[] all = new @Nullable Value[g.inputs().size()];
    all[0] = gradient;
    return Arrays.asList(all);
  }
}
