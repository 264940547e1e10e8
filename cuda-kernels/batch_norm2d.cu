// Batch normalisation with an optional residual sum and ReLU (dev.convoy.op.BatchNorm2dOp).
//
// Moves the least a batch norm can: read x; read x (and the residual), write y and one bit an
// element. Each thread has several rows in flight, which covers the latency of the memory without
// full occupancy.
//
// Sums are kept a block of rows (a "part") and merged in a fixed order: the same result every run.
#include "channel_rows.cuh"

const int ROWS_IN_FLIGHT = 4;

// Merges mean and squared deviations of two samples (Chan, Golub and LeVeque, 1979).
__device__ __forceinline__ void merge(float& count, float& mean, float& deviations,
                                      float other_count, float other_mean,
                                      float other_deviations) {
  float total = count + other_count;
  if (other_count == 0.0f) {
    return;
  }
  float delta = other_mean - mean;
  mean += delta * (other_count / total);
  deviations += other_deviations + delta * delta * (count * other_count / total);
  count = total;
}

// Mean and squared deviations of each channel over a part: parts×3×C floats, the part's first value,
// the mean less that value, and the deviations. A thread sums about the first value that it sees,
// and means are kept as differences: these are small and exact, so a mean of 10⁴ beside a deviation
// of 1 costs no digits, and there is no division an element as in Welford's recurrence.
template <bool WHOLE>
__device__ __forceinline__ float own_moments(const Element* __restrict__ x, const Rows& mine,
                                             const Lane& lane, float* means, float* deviations) {
  Octet base = load_row(x, mine.first, lane);
  Octet origin = load_row(x, mine.first - threadIdx.y, lane);
  Octet sum = octet_of(0.0f);
  Octet squares = octet_of(0.0f);
  int count = 0;
  for (int64 row = mine.first; row < mine.end; row += ROWS_IN_FLIGHT * blockDim.y) {
    Pending<WHOLE> rows[ROWS_IN_FLIGHT];
#pragma unroll
    for (int j = 0; j < ROWS_IN_FLIGHT; j++) {
      begin_row(rows[j], x, row_or_last(row + j * blockDim.y, mine.end), lane);
    }
#pragma unroll
    for (int j = 0; j < ROWS_IN_FLIGHT; j++) {
      bool here = row + j * blockDim.y < mine.end;
      Octet value = rows[j].value();
      count += here ? 1 : 0;
#pragma unroll
      for (int k = 0; k < 8; k++) {
        float difference = here ? value.v[k] - base.v[k] : 0.0f;
        sum.v[k] += difference;
        squares.v[k] += difference * difference;
      }
    }
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    float shift = sum.v[k] / count;
    float squared = squares.v[k] - sum.v[k] * shift;
    means[k * MAX_THREADS] = base.v[k] - origin.v[k] + shift;
    deviations[k * MAX_THREADS] = squared < 0.0f ? 0.0f : squared;
  }
  return static_cast<float>(count);
}

extern "C" __global__ void __launch_bounds__(MAX_THREADS, 2)
    ENTRY(batch_norm2d_statistics)(const Element* __restrict__ x, float* __restrict__ parts,
                                   int64 rows, int64 part_rows, int channels) {
  __shared__ float means[8 * MAX_THREADS];
  __shared__ float deviations[8 * MAX_THREADS];
  __shared__ float counts[MAX_THREADS];
  Lane lane = lane_of(channels);
  Rows mine = rows_of_part(rows, part_rows);
  int self = threadIdx.y * blockDim.x + threadIdx.x;
  float count = 0.0f;
  if (lane.count > 0 && mine.first < mine.end) {
    count = lane.aligned ? own_moments<true>(x, mine, lane, means + self, deviations + self)
                         : own_moments<false>(x, mine, lane, means + self, deviations + self);
  }
  counts[self] = count;
  int half = 1;
  while (half < static_cast<int>(blockDim.y)) {
    half *= 2;
  }
  for (half /= 2; half > 0; half /= 2) {
    __syncthreads();
    int other = self + half * blockDim.x;
    if (static_cast<int>(threadIdx.y) < half && threadIdx.y + half < blockDim.y) {
      float total = counts[self];
      for (int k = 0; k < 8; k++) {
        total = counts[self];
        merge(total, means[k * MAX_THREADS + self], deviations[k * MAX_THREADS + self],
              counts[other], means[k * MAX_THREADS + other], deviations[k * MAX_THREADS + other]);
      }
      counts[self] = total;
    }
  }
  if (threadIdx.y == 0) {
    float* part = parts + static_cast<int64>(blockIdx.y) * 3 * channels + lane.channel;
    const Element* origin = x + mine.first * channels + lane.channel;
    for (int k = 0; k < lane.count; k++) {
      part[k] = to_float(origin[k]);
      part[channels + k] = means[k * MAX_THREADS + self];
      part[2 * channels + k] = deviations[k * MAX_THREADS + self];
    }
  }
}

// Merges the parts of a channel: blocks of 32 channels × 32 threads that share the parts.
// `channel` receives mean and γ/√(σ²+ε), 2×C floats, for the pass that normalises. `mean` and
// `variance` (biased) are the operator's outputs in the parameters' type. Running statistics, if
// not null: r ← (1−α)r + α·s, with the unbiased variance; left alone if *status is set.
//
// Sums in double of differences to the first part's mean: as exact as merging part after part, but
// without a division in each, which this kernel's time would consist of.
extern "C" __global__ void __launch_bounds__(1024)
    ENTRY(batch_norm2d_finish)(const float* __restrict__ parts, const void* __restrict__ scale,
                               void* mean, void* variance, float* running_mean,
                               float* running_variance, float* __restrict__ channel,
                               const int* status, int64 rows, int64 part_rows, int part_count,
                               int channels, float epsilon, float momentum, int wide) {
  __shared__ double shared_sum[1024];
  __shared__ double shared_square[1024];
  int c = blockIdx.x * 32 + threadIdx.x;
  int self = threadIdx.y * 32 + threadIdx.x;
  bool here = c < channels;
  double origin = here ? static_cast<double>(parts[c]) + static_cast<double>(parts[channels + c])
                       : 0.0;
  double sum = 0.0, squares = 0.0;
#pragma unroll 4
  for (int p = threadIdx.y; p < (here ? part_count : 0); p += 32) {
    const float* moments = parts + static_cast<int64>(p) * 3 * channels + c;
    int64 left = rows - p * part_rows;
    double count = static_cast<double>(left < part_rows ? left : part_rows);
    double difference = static_cast<double>(moments[0]) - origin +
                        static_cast<double>(moments[channels]);
    sum += count * difference;
    squares += static_cast<double>(moments[2 * channels]) + count * difference * difference;
  }
  shared_sum[self] = sum;
  shared_square[self] = squares;
  for (int half = 16; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.y) < half) {
      shared_sum[self] += shared_sum[self + half * 32];
      shared_square[self] += shared_square[self + half * 32];
    }
  }
  if (threadIdx.y == 0 && here) {
    double shift = shared_sum[self] / rows;
    double biased = shared_square[self] / rows - shift * shift;
    biased = biased < 0.0 ? 0.0 : biased;  // not fmax: a NaN must reach the guard on the loss
    float average = static_cast<float>(origin + shift);
    channel[c] = average;
    channel[channels + c] =
        load_parameter(scale, c, wide) / sqrtf(static_cast<float>(biased) + epsilon);
    store_parameter(mean, c, wide, average);
    store_parameter(variance, c, wide, static_cast<float>(biased));
    if (running_mean != nullptr && *status == 0) {
      float unbiased = static_cast<float>(biased * (rows / static_cast<double>(rows - 1)));
      running_mean[c] = (1.0f - momentum) * running_mean[c] + momentum * average;
      running_variance[c] = (1.0f - momentum) * running_variance[c] + momentum * unbiased;
    }
  }
}

// y = (x − mean)·factor + shift (+ residual), then ReLU. The mean is taken off first: folding it
// into the shift would cancel digits where the mean is large.
template <bool WHOLE>
__device__ __forceinline__ void normalise(const Element* __restrict__ x,
                                          const Element* __restrict__ residual,
                                          const float* __restrict__ channel,
                                          const void* __restrict__ shift, Element* __restrict__ y,
                                          uint8* __restrict__ mask, int64 rows, const Lane& lane,
                                          int wide, int relu, int mask_kind) {
  Octet mean = load_floats(channel, lane);
  Octet factor = load_floats(channel + lane.channels, lane);
  Octet offset = load_parameters(shift, wide, lane);
  int64 step = static_cast<int64>(gridDim.y) * blockDim.y;
  for (int64 row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += 2 * step) {
    Pending<WHOLE> values[2], added[2];
#pragma unroll
    for (int j = 0; j < 2; j++) {
      begin_row(values[j], x, row_or_last(row + j * step, rows), lane);
    }
    if (residual != nullptr) {
#pragma unroll
      for (int j = 0; j < 2; j++) {
        begin_row(added[j], residual, row_or_last(row + j * step, rows), lane);
      }
    }
#pragma unroll
    for (int j = 0; j < 2; j++) {
      int64 r = row + j * step;
      if (r >= rows) {
        break;
      }
      Octet value = values[j].value();
      Octet skip = residual != nullptr ? added[j].value() : octet_of(0.0f);
      uint32 bits = 0;
      Octet result;
#pragma unroll
      for (int k = 0; k < 8; k++) {
        float sum = (value.v[k] - mean.v[k]) * factor.v[k] + offset.v[k] + skip.v[k];
        bits |= (sum > 0.0f ? 1u : 0u) << k;
        result.v[k] = relu && sum <= 0.0f ? 0.0f : sum;
      }
      store_octet(y + r * lane.channels + lane.channel, result, lane.count, WHOLE);
      store_mask(mask, mask_kind, r, lane, bits);
    }
  }
}

extern "C" __global__ void __launch_bounds__(MAX_THREADS, 2)
    ENTRY(batch_norm2d_normalise)(const Element* __restrict__ x,
                                  const Element* __restrict__ residual,
                                  const float* __restrict__ channel,
                                  const void* __restrict__ shift, Element* __restrict__ y,
                                  uint8* __restrict__ mask, int64 rows, int channels, int wide,
                                  int relu, int mask_kind) {
  Lane lane = lane_of(channels);
  if (lane.count == 0) {
    return;
  }
  if (lane.aligned) {
    normalise<true>(x, residual, channel, shift, y, mask, rows, lane, wide, relu, mask_kind);
  } else {
    normalise<false>(x, residual, channel, shift, y, mask, rows, lane, wide, relu, mask_kind);
  }
}

// y = γ·(x − μ)/√(σ²+ε) + β with given statistics (BatchNorm2dOp.Inference).
extern "C" __global__ void __launch_bounds__(MAX_THREADS)
    ENTRY(batch_norm2d_inference)(const Element* __restrict__ x, const void* __restrict__ scale,
                                  const void* __restrict__ shift, const void* __restrict__ mean,
                                  const void* __restrict__ variance, Element* __restrict__ y,
                                  int64 rows, int channels, float epsilon, int wide, int relu) {
  Lane lane = lane_of(channels);
  if (lane.count == 0) {
    return;
  }
  Octet average = load_parameters(mean, wide, lane);
  Octet factor = load_parameters(variance, wide, lane);
  Octet gamma = load_parameters(scale, wide, lane);
  Octet beta = load_parameters(shift, wide, lane);
#pragma unroll
  for (int k = 0; k < 8; k++) {
    factor.v[k] = gamma.v[k] / sqrtf(factor.v[k] + epsilon);
  }
  int64 step = static_cast<int64>(gridDim.y) * blockDim.y;
  for (int64 row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += step) {
    Octet value = load_row(x, row, lane);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      value.v[k] = (value.v[k] - average.v[k]) * factor.v[k] + beta.v[k];
      // Not a maximum: NaN stays.
      value.v[k] = relu && value.v[k] < 0 ? 0 : value.v[k];
    }
    store_row(y, row, lane, value);
  }
}

// cuDNN hands on 1/√(σ²+ε), the operator σ².
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(batch_norm2d_variance)(const float* __restrict__ inverse, float* __restrict__ variance,
                                 int channels, float epsilon) {
  for (int64 c = thread_index(); c < channels; c += thread_count()) {
    float value = 1.0f / (inverse[c] * inverse[c]) - epsilon;
    variance[c] = value < 0.0f ? 0.0f : value;
  }
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(batch_norm2d_inverse)(const float* __restrict__ variance, float* __restrict__ inverse,
                                int channels, float epsilon) {
  for (int64 c = thread_index(); c < channels; c += thread_count()) {
    inverse[c] = 1.0f / sqrtf(variance[c] + epsilon);
  }
}
