// Gradient of batch normalisation with a residual sum and a ReLU (dev.convoy.op.BatchNorm2dOp.Grad):
// reads dy, x and a bit an element twice, writes dx. Sums as in the forward pass.
#include "channel_rows.cuh"

// What a thread takes into both sums.
struct Sums {
  Octet gradients;
  Octet products;
};

template <bool WHOLE>
__device__ __forceinline__ Sums own_sums(const Element* __restrict__ dy,
                                         const Element* __restrict__ x,
                                         const uint8* __restrict__ mask, const Octet& average,
                                         const Rows& mine, const Lane& lane, int mask_kind) {
  Sums sums = {octet_of(0.0f), octet_of(0.0f)};
  for (int64 row = mine.first; row < mine.end; row += 2 * blockDim.y) {
    Pending<WHOLE> values[2], gradients[2];
    uint32 bits[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      int64 r = row_or_last(row + j * blockDim.y, mine.end);
      begin_row(values[j], x, r, lane);
      begin_row(gradients[j], dy, r, lane);
      bits[j] = load_mask(mask, mask_kind, r, lane);
    }
#pragma unroll
    for (int j = 0; j < 2; j++) {
      bool here = row + j * blockDim.y < mine.end;
      Octet value = values[j].value();
      Octet upstream = gradients[j].value();
#pragma unroll
      for (int k = 0; k < 8; k++) {
        float gradient = here && (bits[j] >> k & 1) ? upstream.v[k] : 0.0f;
        sums.gradients.v[k] += gradient;
        sums.products.v[k] += gradient * (value.v[k] - average.v[k]);
      }
    }
  }
  return sums;
}

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
  Sums own = {octet_of(0.0f), octet_of(0.0f)};
  if (lane.count > 0) {
    own = lane.aligned ? own_sums<true>(dy, x, mask, average, mine, lane, mask_kind)
                       : own_sums<false>(dy, x, mask, average, mine, lane, mask_kind);
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    sums[k * MAX_THREADS + self] = own.gradients.v[k];
    sums[(k + 8) * MAX_THREADS + self] = own.products.v[k];
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
extern "C" __global__ void __launch_bounds__(1024)
    ENTRY(batch_norm2d_gradient_finish)(const float* __restrict__ parts,
                                        const void* __restrict__ scale,
                                        const void* __restrict__ variance, void* scale_gradient,
                                        void* shift_gradient, float* __restrict__ channel,
                                        int64 rows, int part_count, int channels, float epsilon,
                                        int wide) {
  __shared__ double shared_sum[1024];
  __shared__ double shared_product[1024];
  int c = blockIdx.x * 32 + threadIdx.x;
  int self = threadIdx.y * 32 + threadIdx.x;
  double sum = 0, product = 0;
#pragma unroll 4
  for (int p = threadIdx.y; p < (c < channels ? part_count : 0); p += 32) {
    const float* part = parts + static_cast<int64>(p) * 2 * channels + c;
    sum += part[0];
    product += part[channels];
  }
  shared_sum[self] = sum;
  shared_product[self] = product;
  for (int half = 16; half > 0; half /= 2) {
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
template <bool WHOLE>
__device__ __forceinline__ void gradient(const Element* __restrict__ dy,
                                         const Element* __restrict__ x,
                                         const uint8* __restrict__ mask,
                                         const void* __restrict__ mean,
                                         const float* __restrict__ channel,
                                         Element* __restrict__ dx,
                                         Element* __restrict__ residual_gradient, int64 rows,
                                         const Lane& lane, int wide, int mask_kind) {
  Octet average = load_parameters(mean, wide, lane);
  Octet factor = load_floats(channel, lane);
  Octet constant = load_floats(channel + lane.channels, lane);
  Octet slope = load_floats(channel + 2 * lane.channels, lane);
  int64 step = static_cast<int64>(gridDim.y) * blockDim.y;
  for (int64 row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += 2 * step) {
    Pending<WHOLE> values[2], gradients[2];
    uint32 bits[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      int64 r = row_or_last(row + j * step, rows);
      begin_row(values[j], x, r, lane);
      begin_row(gradients[j], dy, r, lane);
      bits[j] = load_mask(mask, mask_kind, r, lane);
    }
#pragma unroll
    for (int j = 0; j < 2; j++) {
      int64 r = row + j * step;
      if (r >= rows) {
        break;
      }
      Octet value = values[j].value();
      Octet upstream = gradients[j].value();
      Octet result;
#pragma unroll
      for (int k = 0; k < 8; k++) {
        upstream.v[k] = bits[j] >> k & 1 ? upstream.v[k] : 0.0f;
        result.v[k] = factor.v[k] * (upstream.v[k] - constant.v[k] -
                                     (value.v[k] - average.v[k]) * slope.v[k]);
      }
      int64 target = r * lane.channels + lane.channel;
      store_octet(dx + target, result, lane.count, WHOLE);
      if (residual_gradient != nullptr) {
        store_octet(residual_gradient + target, upstream, lane.count, WHOLE);
      }
    }
  }
}

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
  if (lane.aligned) {
    gradient<true>(dy, x, mask, mean, channel, dx, residual_gradient, rows, lane, wide, mask_kind);
  } else {
    gradient<false>(dy, x, mask, mean, channel, dx, residual_gradient, rows, lane, wide, mask_kind);
  }
}
