package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.graph.Node;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.LossScaleOp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.bytedeco.cuda.global.cudart;

/**
 * The word in the GPU's memory in which a kernel says that it met bad data. It is cleared before a
 * step and read after it; once it is set, kernels that change variables leave them alone.
 */
final class CudaStatus implements AutoCloseable {

  private final CudaContext context;
  private final DevicePlace word;
  private final List<Node> nodes;
  private final HostCopy.PinnedMemory copy;

  CudaStatus(CudaContext context, DevicePlace word, List<Node> nodes) {
    this.context = context;
    this.word = word;
    this.nodes = nodes;
    this.copy = new HostCopy.PinnedMemory(context, Integer.BYTES);
  }

  void clear() {
    CudaException.check(
        cudart.cudaMemsetAsync(word.pointer(), 0, Integer.BYTES, context.stream()),
        "clearing the status");
  }

  /** Puts a copy of the word on the stream. */
  void request() {
    copy.request(word.address());
  }

  /**
   * Looks at the copy, once it is there.
   *
   * @throws NonFiniteException if a guard stopped it
   * @throws ConvoyException if a label or an index was outside its range
   */
  void check() {
    ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    copy.take(value);
    int code = value.getInt(0);
    if (code == 0) {
      return;
    }
    Node node = nodes.get(code - 1);
    if (node.op() instanceof LossScaleOp) {
      throw NonFiniteException.ofGradients(node.label());
    }
    if (node.op() instanceof FiniteGuardOp) {
      throw new NonFiniteException(node.label() + ": a value is not finite");
    }
    throw new ConvoyException(
        node.label() + ": a label or index is outside its range; check the data");
  }

  @Override
  public void close() {
    copy.close();
  }
}
