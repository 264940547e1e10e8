package dev.convoy.backend.reference;

import dev.convoy.graph.Node;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.tensor.Shape;

/** Numbers of bytes, from a table. */
final class PixelLookupReference {

  private PixelLookupReference() {}

  static ReferenceKernel create(Node node) {
    Shape shape = node.input(0).shape();
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    return (inputs, outputs) -> {
      for (int i = 0; i < outputs[0].length; i++) {
        int channel = i / plane % channels;
        outputs[0][i] = inputs[1][channel * PixelLookupOp.BYTES + (int) inputs[0][i]];
      }
    };
  }
}
