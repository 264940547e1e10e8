package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;

/**
 * A plane of a block of channels and a row of its pooled map, in arrays, for kernels that move
 * elements to and from anywhere: an array takes that faster than native memory does, and the bits
 * of an element need no conversion.
 *
 * <p>In native memory the block's pixels lie {@code stride} elements apart, in the arrays side by
 * side.
 */
sealed interface PlaneBits {

  void clear();

  /** Native memory to the row. */
  void loadRow(Storage source, int offset, int pixels, int stride, int width);

  /** The row to native memory. */
  void storeRow(Storage target, int offset, int pixels, int stride, int width);

  /** Native memory to the plane. */
  void loadPlane(Storage source, int offset, int pixels, int stride, int width);

  /** The plane to native memory. */
  void storePlane(Storage target, int offset, int pixels, int stride, int width);

  /** The row's elements to index·width + channel in the plane; later ones replace earlier ones. */
  void put(int[] index, int pixels, int width);

  /** The row's elements from there, last pixel first; zero where one was taken already. */
  void take(int[] index, int pixels, int width);

  static PlaneBits of(DType dtype, int planeLength, int rowLength) {
    return dtype.bytes() == 4
        ? new Words(new int[planeLength], new int[rowLength])
        : new Halves(new short[planeLength], new short[rowLength]);
  }

  /** 32-bit elements. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Words(int[] plane, int[] row) implements PlaneBits {

    @Override
    public void clear() {
      Arrays.fill(plane, 0);
    }

    @Override
    public void loadRow(Storage source, int offset, int pixels, int stride, int width) {
      load(source.ints(), row, offset, pixels, stride, width);
    }

    @Override
    public void storeRow(Storage target, int offset, int pixels, int stride, int width) {
      store(target.ints(), row, offset, pixels, stride, width);
    }

    @Override
    public void loadPlane(Storage source, int offset, int pixels, int stride, int width) {
      load(source.ints(), plane, offset, pixels, stride, width);
    }

    @Override
    public void storePlane(Storage target, int offset, int pixels, int stride, int width) {
      store(target.ints(), plane, offset, pixels, stride, width);
    }

    static void load(IntBuffer from, int[] to, int offset, int pixels, int stride, int width) {
      if (width == stride) {
        from.get(offset, to, 0, pixels * width);
        return;
      }
      for (int pixel = 0; pixel < pixels; pixel++) {
        from.get(offset + pixel * stride, to, pixel * width, width);
      }
    }

    private static void store(
        IntBuffer to, int[] from, int offset, int pixels, int stride, int width) {
      if (width == stride) {
        to.put(offset, from, 0, pixels * width);
        return;
      }
      for (int pixel = 0; pixel < pixels; pixel++) {
        to.put(offset + pixel * stride, from, pixel * width, width);
      }
    }

    @Override
    public void put(int[] index, int pixels, int width) {
      int i = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        for (int c = 0; c < width; c++, i++) {
          plane[index[i] * width + c] = row[i];
        }
      }
    }

    @Override
    public void take(int[] index, int pixels, int width) {
      for (int pixel = pixels - 1; pixel >= 0; pixel--) {
        int first = pixel * width;
        for (int c = 0; c < width; c++) {
          int place = index[first + c] * width + c;
          row[first + c] = plane[place];
          plane[place] = 0;
        }
      }
    }
  }

  /** 16-bit elements. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Halves(short[] plane, short[] row) implements PlaneBits {

    @Override
    public void clear() {
      Arrays.fill(plane, (short) 0);
    }

    @Override
    public void loadRow(Storage source, int offset, int pixels, int stride, int width) {
      load(source.shorts(), row, offset, pixels, stride, width);
    }

    @Override
    public void storeRow(Storage target, int offset, int pixels, int stride, int width) {
      store(target.shorts(), row, offset, pixels, stride, width);
    }

    @Override
    public void loadPlane(Storage source, int offset, int pixels, int stride, int width) {
      load(source.shorts(), plane, offset, pixels, stride, width);
    }

    @Override
    public void storePlane(Storage target, int offset, int pixels, int stride, int width) {
      store(target.shorts(), plane, offset, pixels, stride, width);
    }

    private static void load(
        ShortBuffer from, short[] to, int offset, int pixels, int stride, int width) {
      if (width == stride) {
        from.get(offset, to, 0, pixels * width);
        return;
      }
      for (int pixel = 0; pixel < pixels; pixel++) {
        from.get(offset + pixel * stride, to, pixel * width, width);
      }
    }

    private static void store(
        ShortBuffer to, short[] from, int offset, int pixels, int stride, int width) {
      if (width == stride) {
        to.put(offset, from, 0, pixels * width);
        return;
      }
      for (int pixel = 0; pixel < pixels; pixel++) {
        to.put(offset + pixel * stride, from, pixel * width, width);
      }
    }

    @Override
    public void put(int[] index, int pixels, int width) {
      int i = 0;
      for (int pixel = 0; pixel < pixels; pixel++) {
        for (int c = 0; c < width; c++, i++) {
          plane[index[i] * width + c] = row[i];
        }
      }
    }

    @Override
    public void take(int[] index, int pixels, int width) {
      for (int pixel = pixels - 1; pixel >= 0; pixel--) {
        int first = pixel * width;
        for (int c = 0; c < width; c++) {
          int place = index[first + c] * width + c;
          row[first + c] = plane[place];
          plane[place] = 0;
        }
      }
    }
  }
}
