package dev.convoy.backend;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Copies between tensors, whose rows are N×C×H×W, and native memory in a layout. */
public final class ElementCopy {

  private ElementCopy() {}

  public static void write(Tensor source, ByteBuffer target, Layout layout) {
    if (layout == Layout.ROW_MAJOR || Layout.indifferent(source.shape())) {
      target.duplicate().clear().put(source.bytes());
    } else if (source.dtype() == DType.F32) {
      transposeFloats(source.bytes().asFloatBuffer(), target.asFloatBuffer(), source.shape(), true);
    } else {
      transposeBytes(source.bytes(), target, source.shape(), source.dtype().bytes(), true);
    }
  }

  public static void read(ByteBuffer source, Layout layout, Tensor target) {
    if (layout == Layout.ROW_MAJOR || Layout.indifferent(target.shape())) {
      target.bytes().put(source.duplicate().clear().limit((int) target.type().bytes()));
    } else if (target.dtype() == DType.F32) {
      FloatBuffer floats = source.order(ByteOrder.nativeOrder()).asFloatBuffer();
      transposeFloats(target.bytes().asFloatBuffer(), floats, target.shape(), false);
    } else {
      transposeBytes(target.bytes(), source, target.shape(), target.dtype().bytes(), false);
    }
  }

  private static void transposeFloats(
      FloatBuffer rows, FloatBuffer last, Shape shape, boolean toLast) {
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    for (int n = 0; n < shape.dim(0); n++) {
      int base = n * channels * plane;
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < plane; p++) {
          int row = base + c * plane + p;
          int picture = base + p * channels + c;
          if (toLast) {
            last.put(picture, rows.get(row));
          } else {
            rows.put(row, last.get(picture));
          }
        }
      }
    }
  }

  private static void transposeBytes(
      ByteBuffer rows, ByteBuffer last, Shape shape, int width, boolean toLast) {
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    for (int i = 0; i < shape.count(); i++) {
      int n = i / (channels * plane);
      int c = i / plane % channels;
      int picture = (n * plane + i % plane) * channels + c;
      for (int b = 0; b < width; b++) {
        if (toLast) {
          last.put(picture * width + b, rows.get(i * width + b));
        } else {
          rows.put(i * width + b, last.get(picture * width + b));
        }
      }
    }
  }
}
