package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/** The class weights of a loss as an array: read before each run, ones if there are none. */
record ClassWeights(float[] values, Storage storage, DType dtype, boolean given) {

  /**
   * @param index of the weights among the node's inputs, if it has so many; the logits are two
   *     before them, N×K…
   */
  static ClassWeights of(Node node, int index, Lowering lowering) {
    Value logits = node.input(index - 2);
    float[] values = new float[logits.shape().dim(1)];
    Arrays.fill(values, 1);
    boolean given = node.inputs().size() > index;
    Value source = given ? node.input(index) : logits;
    return new ClassWeights(values, lowering.storage(source), source.dtype(), given);
  }

  int classes() {
    return values.length;
  }

  void load() {
    if (given) {
      storage.rows(dtype).read(0, values, values.length);
    }
  }
}
