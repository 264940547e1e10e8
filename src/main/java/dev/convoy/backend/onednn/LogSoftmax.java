package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.SoftmaxOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;

/**
 * The logarithm of softmax, in double. The elements of a line lie {@code inner} apart in memory;
 * neighbouring lines are done together.
 */
final class LogSoftmax {

  private static final int LINES = 32;

  private final Storage source;
  private final Storage target;
  private final DType dtype;
  private final int length;
  private final int inner;
  private final int lines;
  private final int blocks;
  private final float[][] buffers;

  private LogSoftmax(Storage source, Storage target, DType dtype, int length, int inner) {
    this.source = source;
    this.target = target;
    this.dtype = dtype;
    this.length = length;
    this.inner = inner;
    lines = Math.min(LINES, inner);
    blocks = (inner + lines - 1) / lines;
    buffers = new float[ThreadTeam.SIZE][length * lines];
  }

  static void lower(Node node, Lowering lowering) {
    Value x = node.input(0);
    Value y = node.output(0);
    int axis = ((SoftmaxOp) node.op()).axis();
    Storage source = lowering.converted(x, lowering.describe(x), lowering.describe(y));
    lowering.tryInPlace(y, x);
    Storage target = lowering.storage(y);
    int length = y.shape().dim(axis);
    int inner = (int) lowering.layout(y).strides(y.shape())[axis];
    LogSoftmax kernel = new LogSoftmax(source, target, y.dtype(), length, inner);
    int outer = y.shape().count() / length / inner;
    ThreadTeam.Part part = kernel::part;
    long elements = 8L * length * kernel.lines;
    lowering.add(() -> ThreadTeam.run(outer * kernel.blocks, elements, part), source, target);
  }

  private void part(int part, int from, int to) {
    for (int block = from; block < to; block++) {
      int column = block % blocks * lines;
      int start = block / blocks * length * inner + column;
      block(buffers[part], start, Math.min(lines, inner - column));
    }
  }

  private void block(float[] values, int start, int width) {
    FloatRows elements = source.rows(dtype);
    FloatRows results = target.rows(dtype);
    if (inner == 1) {
      elements.read(start, values, length);
      line(values, 0, 1);
      results.write(start, values, length);
      return;
    }
    for (int k = 0; k < length; k++) {
      elements.read(start + k * inner, values, k * width, width);
    }
    for (int line = 0; line < width; line++) {
      line(values, line, width);
    }
    for (int k = 0; k < length; k++) {
      results.write(start + k * inner, values, k * width, width);
    }
  }

  private void line(float[] values, int first, int step) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int k = 0; k < length; k++) {
      largest = Math.max(largest, values[first + k * step]);
    }
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += Exponential.of(values[first + k * step] - largest);
    }
    double logarithm = Math.log(sum);
    for (int k = 0; k < length; k++) {
      int i = first + k * step;
      values[i] = (float) ((double) values[i] - largest - logarithm);
    }
  }
}
