package dev.convoy.backend.reference;

import dev.convoy.tensor.Shape;

/** For each element of a full shape, the element of a smaller one that is repeated there. */
final class BroadcastIndex {

  private final int[] extents;
  private final int[] fullStrides;
  private final int[] strides;

  BroadcastIndex(Shape small, Shape full) {
    int rank = full.rank();
    int missing = rank - small.rank();
    int[] smallStrides = small.rowMajorStrides();
    extents = full.dims();
    fullStrides = full.rowMajorStrides();
    strides = new int[rank];
    for (int axis = missing; axis < rank; axis++) {
      strides[axis] = small.dim(axis - missing) == 1 ? 0 : smallStrides[axis - missing];
    }
  }

  int of(int index) {
    int small = 0;
    for (int axis = 0; axis < extents.length; axis++) {
      small += index / fullStrides[axis] % extents[axis] * strides[axis];
    }
    return small;
  }
}
