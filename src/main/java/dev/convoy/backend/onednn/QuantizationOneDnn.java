package dev.convoy.backend.onednn;

import dev.convoy.backend.WeightScale;
import dev.convoy.graph.Node;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.Quantization;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;

/** Between numbers and the integers that stand for them. */
final class QuantizationOneDnn {

  private QuantizationOneDnn() {}

  static void quantize(Node node, Lowering lowering) {
    scaled(node, Primitives.TO, ((QuantizeOp) node.op()).to(), lowering);
  }

  static void dequantize(Node node, Lowering lowering) {
    scaled(node, Primitives.FROM, ((DequantizeOp) node.op()).from(), lowering);
  }

  private static void scaled(Node node, int role, Quantization quantization, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    primitive_attr attributes = OneDnn.attributes();
    Scales.one(attributes, role);
    memory.desc from = lowering.describe(x);
    memory.desc to = lowering.describe(y);
    Call call =
        new Call(
                lowering,
                new reorder.primitive_desc(
                    OneDnn.ENGINE, from, OneDnn.ENGINE, to, attributes, false))
            .argument(Primitives.FROM, x)
            .argument(Primitives.TO, y);
    Scales.add(call, role, quantization, lowering).add();
  }

  /** Runs once where the weights are constant, and so in plain Java. */
  static void weight(Node node, Lowering lowering) {
    Value w = node.input(0);
    DType dtype = w.dtype();
    Storage source = lowering.storage(w);
    Storage target = lowering.storage(node.output(0));
    Storage scales = lowering.storage(node.output(1));
    int filters = w.shape().dim(0);
    float[] row = new float[w.shape().count() / filters];
    lowering.add(
        () -> {
          for (int f = 0; f < filters; f++) {
            source.rows(dtype).read(f * row.length, row, row.length);
            float scale = WeightScale.of(node, f, largest(row));
            scales.floats().put(f, scale);
            round(row, scale, target.buffer(), f * row.length);
          }
        },
        source,
        target,
        scales);
  }

  private static float largest(float[] row) {
    float largest = 0;
    for (float weight : row) {
      largest = Math.max(largest, Math.abs(weight));
    }
    return largest;
  }

  private static void round(float[] row, double scale, ByteBuffer target, int first) {
    for (int i = 0; i < row.length; i++) {
      target.put(first + i, (byte) DType.I8.round(row[i] / scale));
    }
  }
}
