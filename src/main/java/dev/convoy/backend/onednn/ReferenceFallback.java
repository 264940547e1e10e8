package dev.convoy.backend.onednn;

import dev.convoy.backend.ElementCopy;
import dev.convoy.backend.Layout;
import dev.convoy.backend.reference.ReferenceKernel;
import dev.convoy.backend.reference.ReferenceKernels;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The reference kernel over native memory: correct, and slow. Copies in and out through tensors and
 * arrays made once.
 *
 * <p>What is left to it is rare: parameters kept in 16 bits, the mask of a fused batch norm that
 * somebody else reads, windows of pooling that oneDNN refuses, and indices of max pooling where the
 * kernels in C++ are missing. A test holds the training graphs of common networks free of it.
 */
final class ReferenceFallback {

  private ReferenceFallback() {}

  static void lower(Node node, Lowering lowering) {
    ReferenceKernel kernel = ReferenceKernels.create(node);
    List<Value> values = new ArrayList<>(node.inputs());
    values.addAll(node.outputs());
    Storage[] storages = values.stream().map(lowering::storage).toArray(Storage[]::new);
    Layout[] layouts = values.stream().map(lowering::layout).toArray(Layout[]::new);
    Tensor[] tensors = values.stream().map(v -> Tensor.zeros(v.type())).toArray(Tensor[]::new);
    int count = node.inputs().size();
    double[][] inputs = arrays(node.inputs());
    double[][] outputs = arrays(node.outputs());
    for (Value value : values) {
      lowering.useHeap(value.type().bytes() + 8L * value.shape().count());
    }
    lowering.add(
        () -> {
          for (int i = 0; i < count; i++) {
            ElementCopy.read(storages[i].buffer(), layouts[i], tensors[i]);
            load(tensors[i], inputs[i]);
          }
          kernel.run(inputs, outputs);
          for (int i = 0; i < outputs.length; i++) {
            store(outputs[i], tensors[count + i]);
            ElementCopy.write(tensors[count + i], storages[count + i].buffer(), layouts[count + i]);
          }
        },
        storages);
  }

  private static double[][] arrays(List<Value> values) {
    return values.stream().map(v -> new double[v.shape().count()]).toArray(double[][]::new);
  }

  private static void load(Tensor source, double[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = source.get(i);
    }
  }

  private static void store(double[] source, Tensor target) {
    for (int i = 0; i < source.length; i++) {
      target.set(i, source[i]);
    }
  }
}
