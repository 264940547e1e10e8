package dev.convoy.backend.onednn;

import dev.convoy.op.Quantization;
import dev.convoy.tensor.DType;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;

/** What an element of an argument is worth: one number for all. */
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
}
