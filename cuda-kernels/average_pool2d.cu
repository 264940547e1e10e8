// Average pooling (dev.convoy.op.AveragePool2dOp) and its gradient.
#include "windows.cuh"

// Rows or columns that a window covers along one axis, inside the picture and with its padding.
struct Cover {
  int first;
  int end;
  int padded;
};

__device__ __forceinline__ Cover cover_of(int position, int kernel, int stride, int before,
                                          int after, int input) {
  int start = position * stride - before;
  Cover cover;
  cover.first = larger(start, 0);
  cover.end = smaller(start + kernel, input);
  cover.padded = smaller(start + kernel, input + after) - start;
  return cover;
}

__device__ __forceinline__ float divisor_of(const Cover& rows, const Cover& columns,
                                            int count_padding) {
  int inside = larger(0, rows.end - rows.first) * larger(0, columns.end - columns.first);
  return static_cast<float>(larger(1, count_padding ? rows.padded * columns.padded : inside));
}

extern "C" __global__ void __launch_bounds__(256, 3)
    ENTRY(average_pool2d_forward)(const Element* __restrict__ x, Element* __restrict__ y,
                                  Picture input, Picture output, Window window, int bottom,
                                  int right, int count_padding) {
  for_each_place(output, [&](const Place& at) {
    Cover rows = cover_of(at.h, window.kernel_height, window.stride_height, window.top, bottom,
                          input.height);
    Cover columns = cover_of(at.w, window.kernel_width, window.stride_width, window.left, right,
                             input.width);
    Octet sum = octet_of(0.0f);
    for (int h = rows.first; h < rows.end; h++) {
      for (int w = columns.first; w < columns.end; w++) {
        Octet tap =
            load_octet(x + offset_of(input, at.n, h, w, at.channel), at.count, at.aligned);
#pragma unroll
        for (int k = 0; k < 8; k++) {
          sum.v[k] += tap.v[k];
        }
      }
    }
    float divisor = divisor_of(rows, columns, count_padding);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      sum.v[k] /= divisor;
    }
    store_octet(y + at.offset, sum, at.count, at.aligned);
  });
}

// Gathers from the windows that cover a pixel, in row-major order.
extern "C" __global__ void __launch_bounds__(256, 3)
    ENTRY(average_pool2d_gradient)(const Element* __restrict__ dy, Element* __restrict__ dx,
                                   Picture input, Picture output, Window window, int bottom,
                                   int right, int count_padding) {
  for_each_place(input, [&](const Place& at) {
    Octet sum = octet_of(0.0f);
    for_each_cover(output, window, at, [&](int h, int w, int64 offset) {
      Cover rows = cover_of(h, window.kernel_height, window.stride_height, window.top, bottom,
                            input.height);
      Cover columns = cover_of(w, window.kernel_width, window.stride_width, window.left, right,
                               input.width);
      float divisor = divisor_of(rows, columns, count_padding);
      Octet gradient = load_octet(dy + offset, at.count, at.aligned);
#pragma unroll
      for (int k = 0; k < 8; k++) {
        sum.v[k] += gradient.v[k] / divisor;
      }
    });
    store_octet(dx + at.offset, sum, at.count, at.aligned);
  });
}
