// Padding of height and width with zeros, the edge, or a reflection; and gradients.
#include "elements.cuh"

enum PadMode { ZERO = 0, REPLICATE = 1, REFLECT = 2 };

// Input coordinate that a padded coordinate shows, −1 for a zero.
__device__ __forceinline__ int shown(int mode, int at, int before, int input) {
  int source = at - before;
  if (mode == REPLICATE) {
    return smaller(larger(source, 0), input - 1);
  }
  if (mode == REFLECT) {
    source = source < 0 ? -source : source;
    return source < input ? source : 2 * (input - 1) - source;
  }
  return source < input ? source : -1;
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(pad2d_forward)(const Element* __restrict__ x, Element* __restrict__ y, Picture input,
                         Picture output, int top, int left, int mode) {
  for_each_place(output, [&](const Place& at) {
    int h = shown(mode, at.h, top, input.height);
    int w = shown(mode, at.w, left, input.width);
    Octet value = octet_of(0.0f);
    if (h >= 0 && w >= 0) {
      value = load_octet(x + offset_of(input, at.n, h, w, at.channel), at.count, at.aligned);
    }
    store_octet(y + at.offset, value, at.count, at.aligned);
  });
}

// Runs of padded coordinates that show one input coordinate: itself, and copies before and after.
struct Copies {
  int first[3];
  int last[3];
};

__device__ __forceinline__ Copies copies_of(int mode, int at, int before, int input, int output) {
  int self = at + before;
  Copies copies = {{self, 0, 0}, {self, -1, -1}};
  if (mode == REPLICATE) {
    copies.first[0] = at == 0 ? 0 : self;
    copies.last[0] = at == input - 1 ? output - 1 : self;
  } else if (mode == REFLECT) {
    int earlier = before - at;
    int later = before + 2 * (input - 1) - at;
    if (at > 0 && earlier >= 0) {
      copies.first[1] = copies.last[1] = earlier;
    }
    if (at < input - 1 && later < output) {
      copies.first[2] = copies.last[2] = later;
    }
  }
  return copies;
}

extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(pad2d_gradient)(const Element* __restrict__ dy, Element* __restrict__ dx, Picture input,
                          Picture output, int top, int left, int mode) {
  for_each_place(input, [&](const Place& at) {
    Copies rows = copies_of(mode, at.h, top, input.height, output.height);
    Copies columns = copies_of(mode, at.w, left, input.width, output.width);
    Octet sum = octet_of(0.0f);
#pragma unroll
    for (int i = 0; i < 3; i++) {
      for (int h = rows.first[i]; h <= rows.last[i]; h++) {
#pragma unroll
        for (int j = 0; j < 3; j++) {
          for (int w = columns.first[j]; w <= columns.last[j]; w++) {
            Octet gradient =
                load_octet(dy + offset_of(output, at.n, h, w, at.channel), at.count, at.aligned);
#pragma unroll
            for (int k = 0; k < 8; k++) {
              sum.v[k] += gradient.v[k];
            }
          }
        }
      }
    }
    store_octet(dx + at.offset, sum, at.count, at.aligned);
  });
}
