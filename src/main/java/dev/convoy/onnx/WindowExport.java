package dev.convoy.onnx;

import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Windows as ONNX's attributes. */
final class WindowExport {

  private WindowExport() {}

  /** Kernel, strides, padding and dilation of a convolution over a picture. */
  static List<AttributeProto> convolution(Window2d window, Shape picture) {
    if (window.rounding() != Window2d.Rounding.CEIL) {
      return attributes(window, window.padding());
    }
    // ONNX's convolutions only round down: pad until nothing is left to round.
    Padding2d padding = window.padding();
    long rows =
        span(window.outputHeight(picture.dim(2)), window.strideHeight(), window.spanHeight());
    long columns =
        span(window.outputWidth(picture.dim(3)), window.strideWidth(), window.spanWidth());
    int bottom = (int) Math.max(padding.bottom(), rows - picture.dim(2) - padding.top());
    int right = (int) Math.max(padding.right(), columns - picture.dim(3) - padding.left());
    return attributes(window, new Padding2d(padding.top(), bottom, padding.left(), right));
  }

  private static long span(int outputs, int stride, long kernel) {
    return (outputs - 1L) * stride + kernel;
  }

  static List<AttributeProto> attributes(Window2d window) {
    return attributes(window, window.padding());
  }

  private static List<AttributeProto> attributes(Window2d window, Padding2d padding) {
    List<AttributeProto> attributes = new ArrayList<>();
    attributes.add(integers("kernel_shape", window.kernelHeight(), window.kernelWidth()));
    attributes.add(integers("strides", window.strideHeight(), window.strideWidth()));
    attributes.add(
        integers("pads", padding.top(), padding.left(), padding.bottom(), padding.right()));
    if (window.dilationHeight() != 1 || window.dilationWidth() != 1) {
      attributes.add(integers("dilations", window.dilationHeight(), window.dilationWidth()));
    }
    return attributes;
  }

  /** With {@code ceil_mode}, which only pooling knows. */
  static List<AttributeProto> pooling(Window2d window) {
    List<AttributeProto> attributes = attributes(window);
    if (window.rounding() == Window2d.Rounding.CEIL) {
      attributes.add(new AttributeProto("ceil_mode", 1L));
    }
    return attributes;
  }

  static AttributeProto integers(String name, long... values) {
    return new AttributeProto(name, Arrays.stream(values).boxed().toList());
  }
}
