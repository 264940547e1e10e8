// Upsampling to any size: nearest, bilinear (both of PyTorch's rules), bed of nails; and gradients.
//
// Source positions are exact fractions of integers, so that all devices agree on which pixels an
// output reads. Gradients gather over the outputs that read a pixel, in a fixed order.
#include "elements.cuh"

enum Mode { NEAREST = 0, BILINEAR = 1, BILINEAR_ALIGNED = 2, NAILS = 3 };

// What an output coordinate reads along one axis: two neighbours and the weight of the second.
struct Taps {
  int first;
  int second;
  float weight;
};

__device__ __forceinline__ Taps taps_of(int mode, int at, int input, int output) {
  Taps taps = {0, 0, 0.0f};
  if (mode == NEAREST) {
    taps.first = static_cast<int>(static_cast<int64>(at) * input / output);
  } else if (mode == NAILS) {
    // The nail of input i stands at i·(output/input); everything else reads nothing.
    int factor = output / input;
    taps.first = at % factor == 0 ? at / factor : -1;
  } else {
    int64 numerator = mode == BILINEAR ? (2 * static_cast<int64>(at) + 1) * input - output
                                       : static_cast<int64>(at) * (input - 1);
    int64 denominator = mode == BILINEAR ? 2 * static_cast<int64>(output) : larger(1, output - 1);
    numerator = numerator < 0 ? 0 : numerator;
    taps.first = static_cast<int>(numerator / denominator);
    taps.weight = static_cast<float>(numerator - taps.first * denominator) /
                  static_cast<float>(denominator);
    taps.first = smaller(taps.first, input - 1);
  }
  taps.second = smaller(taps.first + 1, input - 1);
  return taps;
}

__device__ __forceinline__ void add_tap(Octet& sum, const Element* x, const Picture& input,
                                        const Place& at, int h, int w, float weight) {
  if (weight == 0.0f) {
    return;
  }
  Octet tap = load_octet(x + offset_of(input, at.n, h, w, at.channel), at.count, at.aligned);
#pragma unroll
  for (int k = 0; k < 8; k++) {
    sum.v[k] += weight * tap.v[k];
  }
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(upsample2d_forward)(const Element* __restrict__ x, Element* __restrict__ y,
                              Picture input, Picture output, int mode) {
  for_each_place(output, [&](const Place& at) {
    Taps rows = taps_of(mode, at.h, input.height, output.height);
    Taps columns = taps_of(mode, at.w, input.width, output.width);
    Octet sum = octet_of(0.0f);
    if (rows.first >= 0 && columns.first >= 0) {
      float lower = rows.weight, right = columns.weight;
      add_tap(sum, x, input, at, rows.first, columns.first, (1.0f - lower) * (1.0f - right));
      add_tap(sum, x, input, at, rows.first, columns.second, (1.0f - lower) * right);
      add_tap(sum, x, input, at, rows.second, columns.first, lower * (1.0f - right));
      add_tap(sum, x, input, at, rows.second, columns.second, lower * right);
    }
    store_octet(y + at.offset, sum, at.count, at.aligned);
  });
}

// Weight with which output coordinate `at` reads input coordinate `target`.
__device__ __forceinline__ float weight_on(int mode, int at, int target, int input, int output) {
  Taps taps = taps_of(mode, at, input, output);
  float weight = taps.first == target ? 1.0f - taps.weight : 0.0f;
  return weight + (taps.second == target && taps.first >= 0 ? taps.weight : 0.0f);
}

struct Range {
  int first;
  int last;
};

// Outputs that can read input coordinate `target`: those of positions target−1 to target+1, one
// more on both sides for rounding.
__device__ __forceinline__ Range readers_of(int target, int input, int output) {
  int64 wide = output;
  Range range;
  range.first = target == 0 ? 0 : static_cast<int>((target - 1) * wide / input) - 1;
  range.last = target == input - 1 ? output - 1 : static_cast<int>((target + 2) * wide / input) + 1;
  range.first = larger(0, range.first);
  range.last = smaller(output - 1, range.last);
  return range;
}

extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(upsample2d_gradient)(const Element* __restrict__ dy, Element* __restrict__ dx,
                               Picture input, Picture output, int mode) {
  for_each_place(input, [&](const Place& at) {
    Range rows = readers_of(at.h, input.height, output.height);
    Range columns = readers_of(at.w, input.width, output.width);
    Octet sum = octet_of(0.0f);
    for (int h = rows.first; h <= rows.last; h++) {
      float row_weight = weight_on(mode, h, at.h, input.height, output.height);
      for (int w = columns.first; row_weight != 0.0f && w <= columns.last; w++) {
        float weight = row_weight * weight_on(mode, w, at.w, input.width, output.width);
        add_tap(sum, dy, output, at, h, w, weight);
      }
    }
    store_octet(dx + at.offset, sum, at.count, at.aligned);
  });
}
