package dev.convoy.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Extents, outermost first, and for each operand the elements between neighbours along each axis.
 * Axes that all operands pass through without a jump are merged, so that most problems have one or
 * two left.
 */
record StridedAxes(int[] extents, long[][] strides) {

  /** As many axes as the kernels take; those missing are added in front with extent 1. */
  static StridedAxes merged(int count, int[] extents, long[]... strides) {
    List<Integer> lengths = new ArrayList<>();
    List<long[]> steps = new ArrayList<>();
    for (int axis = 0; axis < extents.length; axis++) {
      if (extents[axis] == 1) {
        continue;
      }
      long[] step = column(strides, axis);
      int last = lengths.size() - 1;
      if (last >= 0 && continues(steps.get(last), step, extents[axis])) {
        lengths.set(last, lengths.get(last) * extents[axis]);
        steps.set(last, step);
      } else {
        lengths.add(extents[axis]);
        steps.add(step);
      }
    }
    if (lengths.size() > count) {
      throw new IllegalArgumentException(
          "more than " + count + " axes: " + Arrays.toString(extents));
    }
    while (lengths.size() < count) {
      lengths.add(0, 1);
      steps.add(0, new long[strides.length]);
    }
    long[][] byOperand = new long[strides.length][];
    for (int operand = 0; operand < strides.length; operand++) {
      int own = operand;
      byOperand[operand] = steps.stream().mapToLong(step -> step[own]).toArray();
    }
    return new StridedAxes(lengths.stream().mapToInt(Integer::intValue).toArray(), byOperand);
  }

  private static long[] column(long[][] strides, int axis) {
    return Arrays.stream(strides).mapToLong(operand -> operand[axis]).toArray();
  }

  private static boolean continues(long[] outer, long[] inner, int extent) {
    for (int operand = 0; operand < outer.length; operand++) {
      if (outer[operand] != inner[operand] * extent) {
        return false;
      }
    }
    return true;
  }

  int last() {
    return extents[extents.length - 1];
  }

  /** The last axis's stride of an operand. */
  long lastStride(int operand) {
    return strides[operand][extents.length - 1];
  }

  /** Whether every eight along the last axis begins at a multiple of eight elements. */
  boolean aligned() {
    boolean aligned = last() % 8 == 0;
    for (int operand = 0; operand < strides.length; operand++) {
      if (lastStride(operand) == 1) {
        for (int axis = 0; axis < extents.length - 1; axis++) {
          aligned &= strides[operand][axis] % 8 == 0;
        }
      }
    }
    return aligned;
  }

  /** Threads that take eight elements of the last axis. */
  long octets() {
    long rows = 1;
    for (int axis = 0; axis < extents.length - 1; axis++) {
      rows *= extents[axis];
    }
    return rows * ((last() + 7) / 8);
  }
}
