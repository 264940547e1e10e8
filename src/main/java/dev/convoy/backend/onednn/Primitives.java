package dev.convoy.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;

/** Primitives that several kernels use, and the names of arguments. */
final class Primitives {

  static final int FROM = dnnl.DNNL_ARG_FROM;
  static final int TO = dnnl.DNNL_ARG_TO;

  private Primitives() {}

  static reorder.primitive_desc reorder(memory.desc from, memory.desc to) {
    return new reorder.primitive_desc(
        OneDnn.ENGINE, from, OneDnn.ENGINE, to, OneDnn.attributes(), false);
  }
}
