package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.nio.ByteBuffer;

/** Numbers of bytes, from a table; rows of pictures shared by the cores. */
final class PixelLookupOneDnn {

  private PixelLookupOneDnn() {}

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    Shape shape = y.shape();
    boolean takes = y.dtype().bytes() <= Float.BYTES && node.input(1).dtype() == DType.F32;
    if (!takes || lowering.layout(x) != lowering.layout(y)) {
      ReferenceFallback.lower(node, lowering);
      return;
    }
    Storage source = lowering.storage(x);
    Storage table = lowering.storage(node.input(1));
    Storage target = lowering.storage(y);
    long[] strides = lowering.layout(y).strides(shape);
    int channelStride = (int) strides[1];
    int channels = shape.dim(1);
    int row = shape.dim(3) * channels;
    float[][] values = new float[ThreadTeam.SIZE][row];
    float[] numbers = new float[channels * PixelLookupOp.BYTES];
    ThreadTeam.Part part =
        (index, from, to) -> {
          ByteBuffer bytes = source.buffer();
          float[] own = values[index];
          for (int r = from; r < to; r++) {
            for (int i = 0; i < row; i++) {
              int element = r * row + i;
              int channel = element / channelStride % channels;
              own[i] = numbers[channel * PixelLookupOp.BYTES + (bytes.get(element) & 0xff)];
            }
            target.rows(y.dtype()).write(r * row, own, row);
          }
        };
    lowering.useHeap(4L * row * ThreadTeam.SIZE);
    lowering.add(
        () -> {
          table.floats().get(0, numbers);
          ThreadTeam.run(shape.count() / row, row, part);
        },
        source,
        table,
        target);
  }
}
