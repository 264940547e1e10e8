// Max pooling (dev.convoy.op.MaxPool2dOp) and its gradient.
#include "elements.cuh"

// A challenger wins if it is larger, or the first NaN: of equal elements the first one stays.
__device__ __forceinline__ bool beats(float challenger, float champion) {
  return challenger > champion || (challenger != challenger && champion == champion);
}

// y N×OH×OW×C and indices h·W+w of the winners, from x N×H×W×C. One thread an output pixel and
// eight channels: all taps of a window are 16-byte loads that neighbouring windows find in cache.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(max_pool2d_forward)(const Element* __restrict__ x, Element* __restrict__ y,
                              int* __restrict__ indices, Picture input, Picture output,
                              Window window) {
  for_each_place(output, [&](const Place& at) {
    Octet best = octet_of(0.0f);
    IntOctet winner;
    bool first = true;
    for (int u = 0; u < window.kernel_height; u++) {
      int h = at.h * window.stride_height + u * window.dilation_height - window.top;
      for (int v = 0; v < window.kernel_width; v++) {
        int w = at.w * window.stride_width + v * window.dilation_width - window.left;
        if (h < 0 || h >= input.height || w < 0 || w >= input.width) {
          continue;
        }
        Octet tap =
            load_octet(x + offset_of(input, at.n, h, w, at.channel), at.count, at.aligned);
#pragma unroll
        for (int k = 0; k < 8; k++) {
          if (first || beats(tap.v[k], best.v[k])) {
            best.v[k] = tap.v[k];
            winner.v[k] = h * input.width + w;
          }
        }
        first = false;
      }
    }
    store_octet(y + at.offset, best, at.count, at.aligned);
    store_ints(indices + at.offset, winner, at.count, at.aligned);
  });
}

// dx N×H×W×C from dy and indices N×OH×OW×C. One thread an input pixel and eight channels gathers
// from the windows that cover it, in row-major order: no atomics, the same sum in every run.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(max_pool2d_gradient)(const Element* __restrict__ dy, const int* __restrict__ indices,
                               Element* __restrict__ dx, Picture input, Picture output,
                               Window window) {
  int span_height = window.dilation_height * (window.kernel_height - 1) + 1;
  int span_width = window.dilation_width * (window.kernel_width - 1) + 1;
  for_each_place(input, [&](const Place& at) {
    Octet sum = octet_of(0.0f);
    int own = at.h * input.width + at.w;
    int last_row = last_cover(at.h, window.top, window.stride_height, output.height);
    int last_column = last_cover(at.w, window.left, window.stride_width, output.width);
    int first_column = first_cover(at.w, window.left, span_width, window.stride_width);
    for (int h = first_cover(at.h, window.top, span_height, window.stride_height); h <= last_row;
         h++) {
      for (int w = first_column; w <= last_column; w++) {
        int64 offset = offset_of(output, at.n, h, w, at.channel);
        IntOctet winner = load_ints(indices + offset, at.count, at.aligned);
        Octet gradient = load_octet(dy + offset, at.count, at.aligned);
#pragma unroll
        for (int k = 0; k < 8; k++) {
          sum.v[k] += winner.v[k] == own ? gradient.v[k] : 0.0f;
        }
      }
    }
    store_octet(dx + at.offset, sum, at.count, at.aligned);
  });
}
