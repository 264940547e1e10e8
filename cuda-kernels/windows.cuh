// Windows that slide over pictures: loops over what lies under a window and over the windows above
// an element, eight channels at a time.
#pragma once
#include "elements.cuh"

// What dev.convoy.op.Window2d holds.
struct Window {
  int kernel_height;
  int kernel_width;
  int stride_height;
  int stride_width;
  int top;
  int left;
  int dilation_height;
  int dilation_width;
};

// Rows or columns from the first to the last element of a window.
__device__ __forceinline__ int span_height(const Window& window) {
  return window.dilation_height * (window.kernel_height - 1) + 1;
}

__device__ __forceinline__ int span_width(const Window& window) {
  return window.dilation_width * (window.kernel_width - 1) + 1;
}

// First and last window position along an axis that can cover coordinate `at`.
__device__ __forceinline__ int first_cover(int at, int before, int span, int stride) {
  return larger(0, ceil_divide(larger(0, at + before - span + 1), stride));
}

__device__ __forceinline__ int last_cover(int at, int before, int stride, int positions) {
  return smaller(positions - 1, (at + before) / stride);
}

// Visits the elements of a picture under the window at a place of the pooled map, row by row:
// body(h, w, offset).
template <typename Body>
__device__ __forceinline__ void for_each_tap(const Picture& picture, const Window& window,
                                             const Place& at, Body body) {
  for (int u = 0; u < window.kernel_height; u++) {
    int h = at.h * window.stride_height + u * window.dilation_height - window.top;
    for (int v = 0; v < window.kernel_width; v++) {
      int w = at.w * window.stride_width + v * window.dilation_width - window.left;
      if (h >= 0 && h < picture.height && w >= 0 && w < picture.width) {
        body(h, w, offset_of(picture, at.n, h, w, at.channel));
      }
    }
  }
}

// Visits the windows that cover a place of the picture, row by row: body(h, w, offset in the pooled
// map). With dilation a window visited may have a gap there.
template <typename Body>
__device__ __forceinline__ void for_each_cover(const Picture& pooled, const Window& window,
                                               const Place& at, Body body) {
  int last_row = last_cover(at.h, window.top, window.stride_height, pooled.height);
  int last_column = last_cover(at.w, window.left, window.stride_width, pooled.width);
  int first_row = first_cover(at.h, window.top, span_height(window), window.stride_height);
  int first_column = first_cover(at.w, window.left, span_width(window), window.stride_width);
  for (int h = first_row; h <= last_row; h++) {
    for (int w = first_column; w <= last_column; w++) {
      body(h, w, offset_of(pooled, at.n, h, w, at.channel));
    }
  }
}
