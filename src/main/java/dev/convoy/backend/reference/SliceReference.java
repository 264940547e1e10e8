package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.SliceOp;
import dev.convoy.tensor.Shape;
import java.util.Arrays;

/** A part along an axis, and the way back. */
final class SliceReference {

  private SliceReference() {}

  static ReferenceKernel forward(Node node) {
    Blocks blocks = Blocks.of((SliceOp) node.op(), node.input(0).shape());
    return (inputs, outputs) -> {
      for (int o = 0; o < blocks.outer; o++) {
        System.arraycopy(
            inputs[0], o * blocks.whole + blocks.offset, outputs[0], o * blocks.part, blocks.part);
      }
    };
  }

  static ReferenceKernel gradInput(Node node) {
    SliceOp.GradInput op = (SliceOp.GradInput) node.op();
    Blocks blocks = Blocks.of(op.forward(), op.input());
    return (inputs, outputs) -> {
      Arrays.fill(outputs[0], 0);
      for (int o = 0; o < blocks.outer; o++) {
        System.arraycopy(
            inputs[0], o * blocks.part, outputs[0], o * blocks.whole + blocks.offset, blocks.part);
      }
    };
  }

  private record Blocks(int outer, int whole, int part, int offset) {

    static Blocks of(SliceOp op, Shape input) {
      int inner = input.rowMajorStrides()[op.axis()];
      int whole = input.dim(op.axis()) * inner;
      return new Blocks(input.count() / whole, whole, op.length() * inner, op.start() * inner);
    }
  }
}
