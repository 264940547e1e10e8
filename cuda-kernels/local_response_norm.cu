// Local response normalisation across channels (Krizhevsky, Sutskever and Hinton, 2012, section 3.3)
// with PyTorch's constants: y = x·s^−β with s = k + α/n·Σ x² over the n channels around.
//
// The window of channel c is c − n/2 … c + (n−1)/2, cut off at the ends. A warp takes a pixel and
// keeps its channels in shared memory: blockDim.y pixels × channels × 1 (forward) or 2 (gradient)
// floats of dynamic shared memory.
#include "elements.cuh"

__device__ __forceinline__ float window_sum(const float* values, int first, int last, int channels) {
  float sum = 0.0f;
  for (int c = larger(first, 0); c <= smaller(last, channels - 1); c++) {
    sum += values[c];
  }
  return sum;
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(local_response_norm_forward)(const Element* __restrict__ x, Element* __restrict__ y,
                                       int64 pixels, int channels, int size, float alpha,
                                       float beta, float k) {
  DYNAMIC_SHARED(float, shared);
  float* squares = shared + threadIdx.y * channels;
  for (int64 base = static_cast<int64>(blockIdx.x) * blockDim.y; base < pixels;
       base += static_cast<int64>(gridDim.x) * blockDim.y) {
    int64 pixel = base + threadIdx.y;
    const Element* source = x + pixel * channels;
    int end = pixel < pixels ? channels : 0;
    for (int c = threadIdx.x; c < end; c += 32) {
      float value = to_float(source[c]);
      squares[c] = value * value;
    }
    __syncwarp();
    for (int c = threadIdx.x; c < end; c += 32) {
      float scale =
          k + alpha / size * window_sum(squares, c - size / 2, c + (size - 1) / 2, channels);
      assign(y + pixel * channels + c, to_float(source[c]) * powf(scale, -beta));
    }
    __syncwarp();
  }
}

// dx = dy·s^−β − 2αβ/n·x·Σ dy·x·s^(−β−1) over the channels whose windows hold this one.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(local_response_norm_gradient)(const Element* __restrict__ dy,
                                        const Element* __restrict__ x, Element* __restrict__ dx,
                                        int64 pixels, int channels, int size, float alpha,
                                        float beta, float k) {
  DYNAMIC_SHARED(float, shared);
  float* squares = shared + threadIdx.y * channels * 2;
  float* ratios = squares + channels;
  for (int64 base = static_cast<int64>(blockIdx.x) * blockDim.y; base < pixels;
       base += static_cast<int64>(gridDim.x) * blockDim.y) {
    int64 pixel = base + threadIdx.y;
    const Element* source = x + pixel * channels;
    const Element* upstream = dy + pixel * channels;
    int end = pixel < pixels ? channels : 0;
    for (int c = threadIdx.x; c < end; c += 32) {
      float value = to_float(source[c]);
      squares[c] = value * value;
    }
    __syncwarp();
    for (int c = threadIdx.x; c < end; c += 32) {
      float scale =
          k + alpha / size * window_sum(squares, c - size / 2, c + (size - 1) / 2, channels);
      ratios[c] = to_float(upstream[c]) * to_float(source[c]) * powf(scale, -beta - 1.0f);
    }
    __syncwarp();
    for (int c = threadIdx.x; c < end; c += 32) {
      float scale =
          k + alpha / size * window_sum(squares, c - size / 2, c + (size - 1) / 2, channels);
      float around = window_sum(ratios, c - (size - 1) / 2, c + size / 2, channels);
      assign(dx + pixel * channels + c,
             to_float(upstream[c]) * powf(scale, -beta) -
                 2.0f * alpha * beta / size * to_float(source[c]) * around);
    }
    __syncwarp();
  }
}
