package dev.convoy.op;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of 8-bit integers with what follows it: z = activation(s·s_w[f]·Σ x·w + b[f] + s_r·r)
 * with integer sums, s the input's and s_r the residual's scale; y = z, or z divided by the
 * output's scale, rounded to nearest, ties to even, and saturated. Made by a pass for inference.
 *
 * <p>Inputs: x in the input's 8-bit type; w i8 F×(C/G)×KH×KW; s_w with F entries; then b with F
 * entries if there is a bias, then the residual of the output's shape. Output: N×F×OH×OW in the
 * output's 8-bit type, or f32.
 *
 * <p>Constraints: those of {@link FusedConv2dOp}. (C1) x, w and the residual have the 8-bit types
 * that are said. (C2) the residual is 8-bit where the output is, and f32 where that is. (C3) a sum
 * has at most 66,311 products, so that 32 bits hold it whatever they are.
 *
 * <p>No gradient.
 *
 * <p>Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018, sections 2.2 to 2.4.
 *
 * @param residual null without a residual and for one in f32
 * @param output null for f32
 */
public record QuantizedConv2dOp(
    FusedConv2dOp operation,
    Quantization input,
    @Nullable Quantization residual,
    @Nullable Quantization output)
    implements Op {

  public QuantizedConv2dOp {
    boolean residuals = operation.residual() && output != null;
    ShapeException.unless(
        residuals == (residual != null),
        "QuantizedConv2d: residual %s, output %s: both must be 8-bit or both f32 (C2)",
        typeOf(residual),
        typeOf(output));
  }

  private static DType typeOf(@Nullable Quantization quantization) {
    return quantization == null ? DType.F32 : quantization.dtype();
  }

  @Override
  public List<TensorType> infer(List<TensorType> inputs) {
    int expected = 3 + (operation.bias() ? 1 : 0) + (operation.residual() ? 1 : 0);
    Types.count(this, inputs, expected, expected);
    Types.quantized(this, "input (C1)", inputs.get(0), input);
    TensorType w = Types.quantizedWeight(this, inputs.get(1), "(C3)");
    TensorType scales = Types.floating(this, "scales", inputs.get(2));
    Types.perChannel(this, "scales", scales, w.shape().dim(0));
    if (residual != null) {
      Types.quantized(this, "residual (C1)", inputs.get(expected - 1), residual);
    }
    TensorType y = operation.infer(floating(inputs)).get(0);
    return List.of(y.withDType(typeOf(output)));
  }

  /** Types that the floating-point operator would have. */
  private List<TensorType> floating(List<TensorType> inputs) {
    List<TensorType> types = new ArrayList<>();
    types.add(inputs.get(0).withDType(DType.F32));
    types.add(inputs.get(1).withDType(DType.F32));
    if (operation.bias()) {
      types.add(Types.floating(this, "bias", inputs.get(3)).withDType(DType.F32));
    }
    if (operation.residual()) {
      TensorType last = inputs.get(inputs.size() - 1);
      types.add(residual == null ? last : last.withDType(DType.F32));
    }
    return types;
  }

  @Override
  public long macs(List<TensorType> inputs) {
    return operation.macs(floating(inputs));
  }
}
