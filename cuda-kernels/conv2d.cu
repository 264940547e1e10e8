// Convolution and its weights' gradient (dev.convoy.op.Conv2dOp) for what cuDNN has no engine for:
// rare types, paddings and groups. Any window, any number of groups, no tensor cores; sums in f32 and
// in a fixed order. Its gradient with respect to the input is conv_transpose2d.cu.
//
//   y[n,i,j,f] = b[f] + Σ_{c,u,v} x[n, i·stride+u·dilation−top, …, c]·w[f,c,u,v]
//
// A block of 256 threads computes 64×64 results, 4×4 a thread, from tiles of 64×16 in shared memory.
#include "functions.cuh"
#include "windows.cuh"

const int TILE = 64;
const int DEPTH = 16;
const int PITCH = TILE + 4;

struct Weights {
  int64 filter;  // elements between filters f, channels c of the group, rows u and columns v
  int64 channel;
  int64 row;
  int64 column;
};

// Adds the product of two tiles, DEPTH×64 each, to this thread's 4×4 sums.
__device__ __forceinline__ void add_product(const float* left, const float* right,
                                            float (&sums)[4][4]) {
  int row = threadIdx.x / 16 * 4;
  int column = threadIdx.x % 16 * 4;
#pragma unroll
  for (int d = 0; d < DEPTH; d++) {
    float a[4], b[4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      a[j] = left[d * PITCH + row + j];
      b[j] = right[d * PITCH + column + j];
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
        sums[i][j] += a[i] * b[j];
      }
    }
  }
}

// Where a tap of the window at an output pixel lies in the input.
struct Tap {
  bool inside;
  int64 offset;  // of channel 0
};

__device__ __forceinline__ Tap tap_of(int64 pixel, const Picture& input, const Picture& output,
                                      const Window& window, int u, int v) {
  Split column = split(pixel, output.width);
  Split row = split(column.quotient, output.height);
  int n = static_cast<int>(row.quotient);
  int h = static_cast<int>(row.remainder) * window.stride_height + u * window.dilation_height -
          window.top;
  int w = static_cast<int>(column.remainder) * window.stride_width + v * window.dilation_width -
          window.left;
  Tap tap;
  tap.inside = h >= 0 && h < input.height && w >= 0 && w < input.width;
  tap.offset = tap.inside ? offset_of(input, n, h, w, 0) : 0;
  return tap;
}

// x N×H×W×C, y N×OH×OW×F. Grid: x over tiles of output pixels, y over tiles of the filters of each
// group.
extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(conv2d_forward)(const Element* __restrict__ x, const void* __restrict__ weight,
                          const void* __restrict__ bias, Element* __restrict__ y, Picture input,
                          Picture output, Window window, Weights strides, int groups, int wide) {
  __shared__ float pixels[DEPTH * PITCH];
  __shared__ float factors[DEPTH * PITCH];
  int channels = input.channels / groups;
  int filters = output.channels / groups;
  int tiles = ceil_divide(filters, TILE);
  int group = blockIdx.y / tiles;
  int first_filter = (blockIdx.y - group * tiles) * TILE;
  int64 count = static_cast<int64>(output.batch) * output.height * output.width;
  int64 first_pixel = static_cast<int64>(blockIdx.x) * TILE;
  int own_row = threadIdx.x / 4;
  int own_depth = threadIdx.x % 4 * 4;
  int64 own_pixel = first_pixel + own_row;
  int own_filter = first_filter + own_row;

  float sums[4][4] = {};
  for (int u = 0; u < window.kernel_height; u++) {
    for (int v = 0; v < window.kernel_width; v++) {
      Tap tap = tap_of(own_pixel < count ? own_pixel : 0, input, output, window, u, v);
      bool inside = tap.inside && own_pixel < count;
      const Element* source = x + tap.offset + group * channels;
      for (int depth = 0; depth < channels; depth += DEPTH) {
        __syncthreads();
#pragma unroll
        for (int j = 0; j < 4; j++) {
          int c = depth + own_depth + j;
          pixels[(own_depth + j) * PITCH + own_row] =
              inside && c < channels ? to_float(source[c]) : 0.0f;
          float factor = 0.0f;
          if (own_filter < filters && c < channels) {
            factor = load_parameter(weight,
                                    (group * filters + own_filter) * strides.filter +
                                        c * strides.channel + u * strides.row + v * strides.column,
                                    wide);
          }
          factors[(own_depth + j) * PITCH + own_row] = rounded_to<Element>(factor);
        }
        __syncthreads();
        add_product(pixels, factors, sums);
      }
    }
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int64 pixel = first_pixel + threadIdx.x / 16 * 4 + i;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int f = first_filter + threadIdx.x % 16 * 4 + j;
      if (pixel < count && f < filters) {
        int filter = group * filters + f;
        float shift = bias == nullptr ? 0.0f : load_parameter(bias, filter, wide);
        assign(y + pixel * output.channels + filter, sums[i][j] + shift);
      }
    }
  }
}

// Sums of dy·x over the output pixels of a part, for every weight: parts × F×C/G×KH×KW floats.
// Grid: x over tiles of filters × tiles of channels × groups, y over parts, z over taps.
extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(conv2d_weight_gradient)(const Element* __restrict__ x, const Element* __restrict__ dy,
                                  float* __restrict__ parts, Picture input, Picture output,
                                  Window window, int groups, int64 part_pixels) {
  __shared__ float gradients[DEPTH * PITCH];
  __shared__ float values[DEPTH * PITCH];
  int channels = input.channels / groups;
  int filters = output.channels / groups;
  int channel_tiles = ceil_divide(channels, TILE);
  int filter_tiles = ceil_divide(filters, TILE);
  int group = blockIdx.x / (channel_tiles * filter_tiles);
  int tile = blockIdx.x - group * channel_tiles * filter_tiles;
  int first_filter = tile / channel_tiles * TILE;
  int first_channel = tile % channel_tiles * TILE;
  int u = blockIdx.z / window.kernel_width;
  int v = blockIdx.z - u * window.kernel_width;
  int64 count = static_cast<int64>(output.batch) * output.height * output.width;
  int64 begin = blockIdx.y * part_pixels;
  int64 end = begin + part_pixels < count ? begin + part_pixels : count;
  int own_pixel = threadIdx.x / 16;
  int own_column = threadIdx.x % 16 * 4;

  float sums[4][4] = {};
  for (int64 base = begin; base < end; base += DEPTH) {
    int64 pixel = base + own_pixel;
    bool here = pixel < end;
    Tap tap = tap_of(here ? pixel : 0, input, output, window, u, v);
    const Element* gradient = dy + (here ? pixel : 0) * output.channels + group * filters;
    const Element* value = x + tap.offset + group * channels;
    __syncthreads();
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int f = first_filter + own_column + j;
      int c = first_channel + own_column + j;
      gradients[own_pixel * PITCH + own_column + j] =
          here && f < filters ? to_float(gradient[f]) : 0.0f;
      values[own_pixel * PITCH + own_column + j] =
          here && tap.inside && c < channels ? to_float(value[c]) : 0.0f;
    }
    __syncthreads();
    add_product(gradients, values, sums);
  }
  int64 taps = static_cast<int64>(window.kernel_height) * window.kernel_width;
  float* part = parts + blockIdx.y * (static_cast<int64>(output.channels) * channels * taps);
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int f = first_filter + threadIdx.x / 16 * 4 + i;
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int c = first_channel + threadIdx.x % 16 * 4 + j;
      if (f < filters && c < channels) {
        int64 filter = group * filters + f;
        part[(filter * channels + c) * taps + blockIdx.z] = sums[i][j];
      }
    }
  }
}

// y = function(y + bias + residual) in place, y N×OH×OW×F; bias and residual may be null, and a
// function of −1 is none.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(conv2d_epilogue)(const Element* y, const void* __restrict__ bias,
                           const Element* __restrict__ residual, Element* target, int64 count,
                           int filters, int function, float alpha, float beta, int wide) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    Octet value = load_octet(y + i, here, whole);
    Octet added = residual == nullptr ? octet_of(0.0f) : load_octet(residual + i, here, whole);
    int filter = static_cast<int>(split(i, filters).remainder);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      float shift = bias == nullptr ? 0.0f : load_parameter(bias, filter, wide);
      float sum = value.v[k] + shift + added.v[k];
      value.v[k] = function < 0 ? sum : apply(function, sum, alpha, beta);
      filter = filter + 1 == filters ? 0 : filter + 1;
    }
    store_octet(target + i, value, here, whole);
  });
}
