// Sums and means over axes (dev.convoy.op.ReduceOp), in f32 and in a fixed order.
#include "reduction.cuh"

// Up to three axes, outermost first, of those kept and of those summed over.
struct Axes {
  int extent[3];
  int64 stride[3];
};

__device__ __forceinline__ int64 offset_in(const Axes& axes, int64 position) {
  uint32 index = static_cast<uint32>(position);
  uint32 outer = index / axes.extent[2];
  uint32 outermost = outer / axes.extent[1];
  return outermost * axes.stride[0] + (outer - outermost * axes.extent[1]) * axes.stride[1] +
         (index - outer * axes.extent[2]) * axes.stride[2];
}

// Sum of an eight over positions begin to end of the summed axes; four loads are in flight.
template <bool WHOLE>
__device__ __forceinline__ Octet column_sum(const Element* source, const Axes& summed, int64 begin,
                                            int64 end, int count) {
  Octet sum = octet_of(0.0f);
  for (int64 i = begin; i < end; i += 4) {
    Pending<WHOLE> values[4];
#pragma unroll
    for (int j = 0; j < 4; j++) {
      values[j].begin(source + offset_in(summed, i + j < end ? i + j : end - 1), count);
    }
#pragma unroll
    for (int j = 0; j < 4; j++) {
      Octet value = values[j].value();
#pragma unroll
      for (int k = 0; k < 8; k++) {
        sum.v[k] += i + j < end ? value.v[k] : 0.0f;
      }
    }
  }
  return sum;
}

// The last axis is kept (channels): a thread sums eights of it, neighbouring threads neighbouring
// eights. The sum is split into gridDim.y parts where there are few outputs; then `parts` receives
// gridDim.y × outputs sums, else y the result.
extern "C" __global__ void __launch_bounds__(256, 2)
    ENTRY(reduce_columns)(const Element* __restrict__ x, Element* __restrict__ y,
                          float* __restrict__ parts, Axes kept, Axes summed, int64 length,
                          int64 part_length, float divisor, int aligned) {
  int last = kept.extent[2];
  int units = ceil_divide(last, 8);
  int64 rows = static_cast<int64>(kept.extent[0]) * kept.extent[1];
  int64 begin = blockIdx.y * part_length;
  int64 end = begin + part_length < length ? begin + part_length : length;
  for (int64 t = thread_index(); t < rows * units; t += thread_count()) {
    Split at = split(t, units);
    int64 row = at.quotient;
    int column = static_cast<int>(at.remainder) * 8;
    int count = smaller(8, last - column);
    const Element* source = x + offset_in(kept, row * last + column);
    Octet sum = aligned ? column_sum<true>(source, summed, begin, end, count)
                        : column_sum<false>(source, summed, begin, end, count);
    int64 target = row * last + column;
    if (parts != nullptr) {
      store_octet(parts + blockIdx.y * rows * last + target, sum, count, false);
    } else {
#pragma unroll
      for (int k = 0; k < 8; k++) {
        sum.v[k] /= divisor;
      }
      store_octet(y + target, sum, count, aligned != 0);
    }
  }
}

// The last axis is summed over: a warp an output, lanes side by side.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(reduce_rows)(const Element* __restrict__ x, Element* __restrict__ y,
                       float* __restrict__ parts, Axes kept, Axes summed, int64 outputs,
                       int64 length, int64 part_length, float divisor) {
  int64 begin = blockIdx.y * part_length;
  int64 end = begin + part_length < length ? begin + part_length : length;
  for_each_line(outputs, 32, [&](int64 line, bool here, int lane) {
    const Element* source = x + (here ? offset_in(kept, line) : 0);
    float sum = 0.0f;
    for (int64 i = begin + lane; here && i < end; i += 32) {
      sum += to_float(source[offset_in(summed, i)]);
    }
    sum = group_sum(sum, 32);
    if (here && lane == 0) {
      if (parts != nullptr) {
        parts[blockIdx.y * outputs + line] = sum;
      } else {
        assign(y + line, sum / divisor);
      }
    }
  });
}

// Adds the parts: blocks of 32 outputs × 8 threads that share the parts.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(reduce_parts)(const float* __restrict__ parts, Element* __restrict__ y, int64 outputs,
                        int part_count, float divisor) {
  __shared__ float sums[256];
  int64 output = static_cast<int64>(blockIdx.x) * 32 + threadIdx.x;
  int self = threadIdx.y * 32 + threadIdx.x;
  float sum = 0.0f;
  for (int p = threadIdx.y; output < outputs && p < part_count; p += 8) {
    sum += parts[p * outputs + output];
  }
  sums[self] = sum;
  for (int half = 4; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.y) < half) {
      sums[self] += sums[self + half * 32];
    }
  }
  if (threadIdx.y == 0 && output < outputs) {
    assign(y + output, sums[self] / divisor);
  }
}
