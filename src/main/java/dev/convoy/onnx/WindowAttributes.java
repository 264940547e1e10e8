package dev.convoy.onnx;

import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;

/**
 * The attributes of ONNX's windows: {@code kernel_shape}, {@code strides}, {@code dilations},
 * {@code pads} (top, left, bottom, right), {@code auto_pad} and {@code ceil_mode}.
 */
record WindowAttributes(ImportedNode node, int[] kernel, int[] strides, int[] dilations) {

  /** With the kernel that the node says. */
  static WindowAttributes of(ImportedNode node) {
    if (!node.says("kernel_shape")) {
      throw node.refuse("kernel_shape is missing");
    }
    return of(node, pair(node, "kernel_shape", 1));
  }

  /** With the kernel of a weight. */
  static WindowAttributes of(ImportedNode node, Shape weight) {
    if (weight.rank() != 4) {
      throw node.refuse("weight " + weight + ": only convolutions of pictures are supported");
    }
    int[] kernel = {weight.dim(2), weight.dim(3)};
    if (node.says("kernel_shape")
        && !java.util.Arrays.equals(kernel, pair(node, "kernel_shape", 1))) {
      throw node.refuse("kernel_shape differs from the weight " + weight);
    }
    return of(node, kernel);
  }

  private static WindowAttributes of(ImportedNode node, int[] kernel) {
    return new WindowAttributes(node, kernel, pair(node, "strides", 1), pair(node, "dilations", 1));
  }

  private static int[] pair(ImportedNode node, String name, int otherwise) {
    if (!node.says(name)) {
      return new int[] {otherwise, otherwise};
    }
    long[] values = node.integers(name);
    if (values.length != 2) {
      throw node.refuse(
          "%s has %d entries; only windows over height and width are supported"
              .formatted(name, values.length));
    }
    return new int[] {node.extent(name, values[0], 1), node.extent(name, values[1], 1)};
  }

  /** The window over a picture; {@code auto_pad} depends on its extent. */
  Window2d over(Shape picture) {
    int[] before = new int[2];
    int[] after = new int[2];
    String automatic = node.text("auto_pad", "NOTSET");
    switch (automatic) {
      case "NOTSET", "" -> explicit(before, after);
      case "VALID" -> {}
      case "SAME_UPPER", "SAME_LOWER" -> {
        for (int axis = 0; axis < 2; axis++) {
          int extent = picture.dim(2 + axis);
          long output = (extent + (long) strides[axis] - 1) / strides[axis];
          long total = Math.max(0, (output - 1) * strides[axis] + span(axis) - extent);
          split(axis, total, automatic, before, after);
        }
      }
      default -> throw node.refuse("auto_pad " + automatic + " is unknown");
    }
    return window(before, after);
  }

  /** Without regard to a picture; with {@code auto_pad} the padding of both sides is given. */
  Window2d transposed(long[] totalPadding) {
    int[] before = new int[2];
    int[] after = new int[2];
    String automatic = node.text("auto_pad", "NOTSET");
    if (!node.says("output_shape") && (automatic.equals("NOTSET") || automatic.equals("VALID"))) {
      explicit(before, after);
    } else {
      for (int axis = 0; axis < 2; axis++) {
        split(axis, totalPadding[axis], automatic, before, after);
      }
    }
    return window(before, after);
  }

  /** SAME_UPPER puts the odd row or column at the end, SAME_LOWER at the start. */
  private void split(int axis, long total, String automatic, int[] before, int[] after) {
    int half = node.extent("padding", total, 0) / 2;
    boolean upper = automatic.equals("SAME_UPPER");
    before[axis] = upper ? half : (int) total - half;
    after[axis] = (int) total - before[axis];
  }

  private void explicit(int[] before, int[] after) {
    if (!node.says("pads")) {
      return;
    }
    long[] pads = node.integers("pads");
    if (pads.length != 4) {
      throw node.refuse("pads has %d entries; it must have 4".formatted(pads.length));
    }
    for (int axis = 0; axis < 2; axis++) {
      before[axis] = node.extent("pads", pads[axis], 0);
      after[axis] = node.extent("pads", pads[2 + axis], 0);
    }
  }

  private Window2d window(int[] before, int[] after) {
    return Window2d.of(kernel[0], kernel[1])
        .stride(strides[0], strides[1])
        .dilation(dilations[0], dilations[1])
        .padding(new Padding2d(before[0], after[0], before[1], after[1]))
        .rounding(
            node.integer("ceil_mode", 0) == 1 ? Window2d.Rounding.CEIL : Window2d.Rounding.FLOOR);
  }

  /** Extent of the kernel with its holes. */
  long span(int axis) {
    return (kernel[axis] - 1L) * dilations[axis] + 1;
  }
}
