package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;

/** A primitive with its arguments, ready to run. The C interface takes them without a copy. */
final class PrimitiveCall implements Kernel {

  private final String name;
  private final Role role;
  private final primitive owner;
  private final List<memory> memories;
  private final dnnl_primitive handle;
  private final dnnl_stream stream;
  private final dnnl_exec_arg_t arguments;
  private final int count;

  PrimitiveCall(
      String name, Role role, primitive owner, List<Integer> roles, List<memory> memories) {
    this.name = name;
    this.role = role;
    this.owner = owner;
    this.memories = List.copyOf(memories);
    this.handle = owner.get();
    this.stream = OneDnn.STREAM.get();
    this.count = memories.size();
    this.arguments = new dnnl_exec_arg_t(count);
    for (int i = 0; i < count; i++) {
      arguments.getPointer(i).arg(roles.get(i)).memory(memories.get(i).get());
    }
  }

  @Override
  public void run() {
    int status = dnnl.dnnl_primitive_execute(handle, stream, count, arguments);
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException(name + ": oneDNN failed with status " + status);
    }
  }

  @Override
  public Role role() {
    return role;
  }

  @Override
  public String toString() {
    return name + " over " + memories.size() + " memories of " + owner.get_kind();
  }
}
