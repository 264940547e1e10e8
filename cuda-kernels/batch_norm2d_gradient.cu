// Gradient of batch normalisation with a residual sum and a ReLU (dev.convoy.op.BatchNorm2dOp.Grad):
// reads dy, x and a bit an element twice, writes dx. Sums as in the forward pass.
#include "channel_rows.cuh"

// Σ dy and Σ dy·(x − mean) over a part, dy being 0 where the ReLU was closed: parts×2×C floats.
extern "C" __global__ void __launch_bounds__(MAX_THREADS, 2)
    ENTRY(batch_norm2d_gradient_sums)(const Element* __restrict__ dy,
                                      const Element* __restrict__ x,
                                      const uint8* __restrict__ mask,
                                      const void* __restrict__ mean, float* __restrict__ parts,
                                      int64 rows, int64 part_rows, int channels, int wide,
                                      int mask_kind) {
  __shared__ float sums[16 * MAX_THREADS];
  Lane lane = lane_of(channels);
  Rows mine = rows_of_part(rows, part_rows);
  int self = threadIdx.y * blockDim.x + threadIdx.x;
  Octet average = load_parameters(mean, wide, lane);
  Octet sum = octet_of(0.0f);
  Octet products = octet_of(0.0f);
  for (int64 row = mine.first; lane.count > 0 && row < mine.end; row += 2 * blockDim.y) {
    Octet values[2], gradients[2];
    uint32 bits[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      int64 r = row + j * blockDim.y;
      bool here = r < mine.end;
      values[j] = here ? load_row(x, r, lane) : average;
      gradients[j] = here ? load_row(dy, r, lane) : octet_of(0.0f);
      bits[j] = here ? load_mask(mask, mask_kind, r, lane) : 0;
    }
#pragma unroll
    for (int j = 0; j < 2; j++) {
#pragma unroll
      for (int k = 0; k < 8; k++) {
        float gradient = bits[j] >> k & 1 ? gradients[j].v[k] : 0.0f;
        sum.v[k] += gradient;
        products.v[k] += gradient * (values[j].v[k] - average.v[k]);
      }
    }
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    sums[k * MAX_THREADS + self] = sum.v[k];
    sums[(k + 8) * MAX_THREADS + self] = products.v[k];
  }
  int half = 1;
  while (half < static_cast<int>(blockDim.y)) {
    half *= 2;
  }
  for (half /= 2; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.y) < half && threadIdx.y + half < blockDim.y) {
      for (int k = 0; k < 16; k++) {
        sums[k * MAX_THREADS + self] += sums[k * MAX_THREADS + self + half * blockDim.x];
      }
    }
  }
  if (threadIdx.y == 0) {
    float* part = parts + static_cast<int64>(blockIdx.y) * 2 * channels + lane.channel;
    for (int k = 0; k < lane.count; k++) {
      part[k] = sums[k * MAX_THREADS + self];
      part[channels + k] = sums[(k + 8) * MAX_THREADS + self];
    }
  }
}

// dγ and dβ from the parts (blocks as in batch_norm2d_finish), and what the last pass needs:
// `channel` receives γ·s, Σdy/rows and s²·Σdy·(x−mean)/rows with s = 1/√(σ²+ε), 3×C floats.
extern "C" __global__ void __launch_bounds__(512)
    ENTRY(batch_norm2d_gradient_finish)(const float* __restrict__ parts,
                                        const void* __restrict__ scale,
                                        const void* __restrict__ variance, void* scale_gradient,
                                        void* shift_gradient, float* __restrict__ channel,
                                        int64 rows, int part_count, int channels, float epsilon,
                                        int wide) {
  __shared__ double shared_sum[512];
  __shared__ double shared_product[512];
  int c = blockIdx.x * 32 + threadIdx.x;
  int self = threadIdx.y * 32 + threadIdx.x;
  double sum = 0, product = 0;
  for (int p = threadIdx.y; c < channels && p < part_count; p += blockDim.y) {
    const float* part = parts + static_cast<int64>(p) * 2 * channels + c;
    sum += part[0];
    product += part[channels];
  }
  shared_sum[self] = sum;
  shared_product[self] = product;
  for (int half = blockDim.y / 2; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.y) < half) {
      shared_sum[self] += shared_sum[self + half * 32];
      shared_product[self] += shared_product[self + half * 32];
    }
  }
  if (threadIdx.y == 0 && c < channels) {
    sum = shared_sum[self];
    product = shared_product[self];
    double inverse = 1.0 / sqrt(static_cast<double>(load_parameter(variance, c, wide)) + epsilon);
    store_parameter(scale_gradient, c, wide, static_cast<float>(product * inverse));
    store_parameter(shift_gradient, c, wide, static_cast<float>(sum));
    channel[c] = static_cast<float>(load_parameter(scale, c, wide) * inverse);
    channel[channels + c] = static_cast<float>(sum / rows);
    channel[2 * channels + c] = static_cast<float>(product * inverse * inverse / rows);
  }
}

// dx = γ·s·(dy − Σdy/rows − (x − mean)·s²·Σdy·(x−mean)/rows); the residual's gradient, if wanted,
// is dy behind the ReLU.
extern "C" __global__ void __launch_bounds__(MAX_THREADS, 2)
    ENTRY(batch_norm2d_gradient)(const Element* __restrict__ dy, const Element* __restrict__ x,
                                 const uint8* __restrict__ mask, const void* __restrict__ mean,
                                 const float* __restrict__ channel, Element* __restrict__ dx,
                                 Element* __restrict__ residual_gradient, int64 rows, int channels,
                                 int wide, int mask_kind) {
  Lane lane = lane_of(channels);
  if (lane.count == 0) {
    return;
  }
  Octet average = load_parameters(mean, wide, lane);
  Octet factor = load_floats(channel, lane);
  Octet constant = load_floats(channel + channels, lane);
  Octet slope = load_floats(channel + 2 * channels, lane);
  int64 step = static_cast<int64>(gridDim.y) * blockDim.y;
  for (int64 row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += step) {
    Octet value = load_row(x, row, lane);
    Octet gradient = load_row(dy, row, lane);
    uint32 bits = load_mask(mask, mask_kind, row, lane);
    Octet result;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      gradient.v[k] = bits >> k & 1 ? gradient.v[k] : 0.0f;
      result.v[k] = factor.v[k] * (gradient.v[k] - constant.v[k] -
                                   (value.v[k] - average.v[k]) * slope.v[k]);
    }
    store_row(dx, row, lane, result);
    if (residual_gradient != nullptr) {
      store_row(residual_gradient, row, lane, gradient);
    }
  }
}
