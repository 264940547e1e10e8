// Transposed convolution, which is the gradient of a convolution with respect to its input
// (dev.convoy.op.Conv2dOp.GradInput): each input spreads over a window of the output, and overlapping
// contributions are summed.
//
//   y[n,h,w,c] = b[c] + Σ_{f,u,v} x[n, (h+top−u·dilation)/stride, …, f]·w[f,c,u,v]
//
// over the taps for which the division is whole and inside x. Which taps these are depends only on
// (h+top) mod stride, so outputs are computed a residue ("phase") at a time: no multiplication by
// the zeros that a stride inserts. Each phase is a matrix product of pixels × (taps·filters) ×
// channels, in tiles of 64×64 through shared memory, 4×4 outputs a thread, sums in f32.
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

// Output coordinates of one phase along an axis: first + i·stride for i below count.
struct Phase {
  int first;
  int count;
};

__device__ __forceinline__ Phase phase_of(int phase, int before, int stride, int output) {
  Phase p;
  p.first = (phase - before % stride + stride) % stride;
  p.count = p.first < output ? (output - p.first + stride - 1) / stride : 0;
  return p;
}

struct Pixel {
  int n;
  int h;
  int w;
};

__device__ __forceinline__ Pixel pixel_of(int index, const Phase& rows, const Phase& columns,
                                          const Window& window) {
  int row = index / columns.count;
  Pixel pixel;
  pixel.n = row / rows.count;
  pixel.h = rows.first + (row - pixel.n * rows.count) * window.stride_height;
  pixel.w = columns.first + (index - row * columns.count) * window.stride_width;
  return pixel;
}

// x N×IH×IW×F, y N×OH×OW×C. Blocks of 256 threads; grid: x over tiles of pixels of the largest
// phase, y over tiles of channels of all groups, z over phases. Channels of a group are C/groups.
extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(conv_transpose2d)(const Element* __restrict__ x, const void* __restrict__ weight,
                            const void* __restrict__ bias, Element* __restrict__ y, Picture input,
                            Picture output, Window window, Weights strides, int groups, int wide) {
  __shared__ float pixels[DEPTH * PITCH];
  __shared__ float factors[DEPTH * PITCH];
  int phase_row = blockIdx.z / window.stride_width;
  int phase_column = blockIdx.z % window.stride_width;
  Phase rows = phase_of(phase_row, window.top, window.stride_height, output.height);
  Phase columns = phase_of(phase_column, window.left, window.stride_width, output.width);
  int count = output.batch * rows.count * columns.count;
  int first_pixel = blockIdx.x * TILE;
  if (first_pixel >= count) {
    return;
  }
  int filters = input.channels / groups;
  int channels = output.channels / groups;
  int channel_tiles = ceil_divide(channels, TILE);
  int group = blockIdx.y / channel_tiles;
  int first_channel = (blockIdx.y - group * channel_tiles) * TILE;
  int thread = threadIdx.x;

  // What this thread brings to shared memory: four filters of a pixel, four channels of a filter.
  int own_pixel = thread / 4;
  int own_filters = thread % 4 * 4;
  int own_filter = thread / 16;
  int own_channels = thread % 16 * 4;
  bool have_pixel = first_pixel + own_pixel < count;
  Pixel source = pixel_of(have_pixel ? first_pixel + own_pixel : 0, rows, columns, window);

  float sums[4][4] = {};
  for (int u = 0; u < window.kernel_height; u++) {
    int from_top = source.h + window.top - u * window.dilation_height;
    int residue_row = phase_row - u * window.dilation_height % window.stride_height;
    if (residue_row % window.stride_height != 0) {
      continue;
    }
    for (int v = 0; v < window.kernel_width; v++) {
      int from_left = source.w + window.left - v * window.dilation_width;
      int residue_column = phase_column - v * window.dilation_width % window.stride_width;
      if (residue_column % window.stride_width != 0) {
        continue;
      }
      int h = from_top / window.stride_height;
      int w = from_left / window.stride_width;
      bool inside = have_pixel && from_top >= 0 && from_left >= 0 && h < input.height &&
                    w < input.width;
      const Element* x_pixel =
          x + (inside ? offset_of(input, source.n, h, w, group * filters) : 0);
      for (int depth = 0; depth < filters; depth += DEPTH) {
        __syncthreads();
#pragma unroll
        for (int j = 0; j < 4; j++) {
          int f = depth + own_filters + j;
          pixels[(own_filters + j) * PITCH + own_pixel] =
              inside && f < filters ? to_float(x_pixel[f]) : 0.0f;
          int g = depth + own_filter;
          int c = first_channel + own_channels + j;
          float factor = 0.0f;
          if (g < filters && c < channels) {
            factor = load_parameter(weight,
                                    (group * filters + g) * strides.filter + c * strides.channel +
                                        u * strides.row + v * strides.column,
                                    wide);
          }
          factors[own_filter * PITCH + own_channels + j] = rounded_to<Element>(factor);
        }
        __syncthreads();
#pragma unroll
        for (int d = 0; d < DEPTH; d++) {
          float a[4], b[4];
#pragma unroll
          for (int j = 0; j < 4; j++) {
            a[j] = pixels[d * PITCH + thread / 16 * 4 + j];
            b[j] = factors[d * PITCH + thread % 16 * 4 + j];
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
    }
  }
#pragma unroll
  for (int i = 0; i < 4; i++) {
    int index = first_pixel + thread / 16 * 4 + i;
    if (index >= count) {
      continue;
    }
    Pixel target = pixel_of(index, rows, columns, window);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int c = first_channel + thread % 16 * 4 + j;
      if (c < channels) {
        int channel = group * channels + c;
        float shift = bias == nullptr ? 0.0f : load_parameter(bias, channel, wide);
        assign(y + offset_of(output, target.n, target.h, target.w, channel), sums[i][j] + shift);
      }
    }
  }
}
