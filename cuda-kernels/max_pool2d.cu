// Max pooling (dev.convoy.op.MaxPool2dOp) and its gradient.
#include "windows.cuh"

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
    for_each_tap(input, window, at, [&](int h, int w, int64 offset) {
      Octet tap = load_octet(x + offset, at.count, at.aligned);
#pragma unroll
      for (int k = 0; k < 8; k++) {
        if (first || beats(tap.v[k], best.v[k])) {
          best.v[k] = tap.v[k];
          winner.v[k] = h * input.width + w;
        }
      }
      first = false;
    });
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
  for_each_place(input, [&](const Place& at) {
    Octet sum = octet_of(0.0f);
    int own = at.h * input.width + at.w;
    for_each_cover(output, window, at, [&](int, int, int64 offset) {
      IntOctet winner = load_ints(indices + offset, at.count, at.aligned);
      Octet gradient = load_octet(dy + offset, at.count, at.aligned);
#pragma unroll
      for (int k = 0; k < 8; k++) {
        sum.v[k] += winner.v[k] == own ? gradient.v[k] : 0.0f;
      }
    });
    store_octet(dx + at.offset, sum, at.count, at.aligned);
  });
}
