package dev.convoy.backend.onednn;

import dev.convoy.op.Quantization;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/** What the integers of an argument are worth: one number for all, or one for each filter. */
final class Scales {

  private Scales() {}

  /** Says that an argument has one. */
  static void one(primitive_attr attributes, int argument) {
    attributes.set_scales_mask(argument, 0);
  }

  /** Gives it. */
  static Call add(Call call, int argument, Quantization quantization, Lowering lowering) {
    memory.desc single = Descriptors.rowMajor(DType.F32, 1);
    return call.argument(
        dnnl.DNNL_ARG_ATTR_SCALES | argument,
        lowering.number((float) quantization.scale()),
        single);
  }

  /** Gives those of the filters. */
  static Call addWeights(Call call, Value scales, Lowering lowering) {
    return call.argument(
        dnnl.DNNL_ARG_ATTR_SCALES | dnnl.DNNL_ARG_WEIGHTS,
        floats(scales, lowering),
        Descriptors.rowMajor(DType.F32, scales.shape().count()));
  }

  /** A vector of parameters in f32. */
  static Storage floats(Value vector, Lowering lowering) {
    memory.desc floats = Descriptors.rowMajor(DType.F32, vector.shape().count());
    return lowering.converted(vector, lowering.describe(vector), floats);
  }
}
