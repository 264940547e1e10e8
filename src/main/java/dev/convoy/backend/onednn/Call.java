package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;

/** A primitive's arguments while they are collected. */
final class Call {

  private final Lowering lowering;
  private final primitive_desc_base description;
  private final List<Integer> roles = new ArrayList<>();
  private final List<memory> memories = new ArrayList<>();
  private final List<Storage> touched = new ArrayList<>();
  private Kernel.Role role = Kernel.Role.OPERATOR;

  Call(Lowering lowering, primitive_desc_base description) {
    this.lowering = lowering;
    this.description = description;
  }

  Call argument(int role, Storage storage, memory.desc order) {
    roles.add(role);
    memories.add(lowering.memory(storage, order));
    touched.add(storage);
    return this;
  }

  Call role(Kernel.Role kernelRole) {
    role = kernelRole;
    return this;
  }

  /** A value in its own order. */
  Call argument(int role, Value value) {
    return argument(role, lowering.storage(value), lowering.describe(value));
  }

  /** Adds the call to the program, with a scratchpad if the primitive wants one. */
  void add() {
    Storage[] places = touched.toArray(Storage[]::new);
    lowering.add(prepare(), places);
  }

  /** The call as a part of a kernel, which tells the program what it touches. */
  Kernel prepare() {
    memory.desc scratchpad = description.scratchpad_desc();
    if (scratchpad.get_size() > 0) {
      argument(dnnl.DNNL_ARG_SCRATCHPAD, lowering.scratchpad(scratchpad.get_size()), scratchpad);
    }
    primitive primitive = new primitive(description.get());
    String name = description.impl_info_str().getString();
    return new PrimitiveCall(name, role, primitive, roles, memories);
  }
}
