// Optimisers' steps over all parameters in one launch (SgdUpdateOp, AdamUpdateOp), and what dynamic
// loss scaling needs. Weights and moments are f32; a 16-bit copy of the weights may be written.
//
// A table in device memory lists the tensors, another the chunks: chunk b of the grid is
// `first` … in tensor `tensor`. Hundreds of small tensors so cost one launch and balance well.
#include "elements.cuh"

const int64 CHUNK = 8192;

// Addresses may be equal where an update is in place. `copy` may be null.
struct Parameter {
  const float* weight;
  const float* gradient;
  const float* first_moment;
  const float* second_moment;
  float* new_weight;
  float* new_first_moment;
  float* new_second_moment;
  Element* copy;
  int64 count;
  float decay;  // this tensor's weight decay
  int unused;
};

struct Chunk {
  int tensor;
  int number;
};

// Visits this block's chunk.
template <typename Body>
__device__ __forceinline__ void for_each_in_chunk(const Parameter& p, const Chunk& chunk,
                                                  Body body) {
  int64 first = chunk.number * CHUNK;
  int64 end = first + CHUNK < p.count ? first + CHUNK : p.count;
#pragma unroll 4
  for (int64 i = first + threadIdx.x; i < end; i += blockDim.x) {
    body(i);
  }
}

__device__ __forceinline__ void store_weight(const Parameter& p, int64 i, float weight) {
  p.new_weight[i] = weight;
  if (p.copy != nullptr) {
    assign(p.copy + i, weight);
  }
}

// Leaves everything as it is if the step is to be skipped.
__device__ __forceinline__ void keep(const Parameter& p, int64 i, bool second) {
  store_weight(p, i, p.weight[i]);
  if (p.first_moment != nullptr) {
    p.new_first_moment[i] = p.first_moment[i];
  }
  if (second) {
    p.new_second_moment[i] = p.second_moment[i];
  }
}

// g ← g·unscale + λw; v ← µv + g; w ← w − η·v, with Nesterov w ← w − η·(g + µv). Without momentum the
// moments are null. *status ≠ 0 skips the step; `unscale` (null: 1) undoes the loss scale.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(sgd_update)(const Parameter* __restrict__ parameters, const Chunk* __restrict__ chunks,
                      const float* __restrict__ rate, const float* __restrict__ unscale,
                      const int* __restrict__ status, float momentum, int nesterov) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  bool stopped = *status != 0;
  float eta = *rate;
  float factor = unscale == nullptr ? 1.0f : *unscale;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (stopped) {
      keep(p, i, false);
      return;
    }
    float weight = p.weight[i];
    float step = p.gradient[i] * factor + p.decay * weight;
    if (p.first_moment != nullptr) {
      float velocity = momentum * p.first_moment[i] + step;
      p.new_first_moment[i] = velocity;
      step = nesterov ? step + momentum * velocity : velocity;
    }
    store_weight(p, i, weight - eta * step);
  });
}

// Adam, or with `decoupled` decay AdamW. *step is t, 1 at the first step.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(adam_update)(const Parameter* __restrict__ parameters, const Chunk* __restrict__ chunks,
                       const float* __restrict__ rate, const float* __restrict__ step,
                       const float* __restrict__ unscale, const int* __restrict__ status,
                       float beta1, float beta2, float epsilon, int decoupled) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  bool stopped = *status != 0;
  float eta = *rate;
  float factor = unscale == nullptr ? 1.0f : *unscale;
  // 1 − βᵗ = −expm1(t·log β): near β = 1 the subtraction would lose most digits.
  float correction1 = -expm1f(*step * logf(beta1));
  float correction2 = -expm1f(*step * logf(beta2));
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (stopped) {
      keep(p, i, true);
      return;
    }
    float weight = p.weight[i];
    float gradient = p.gradient[i] * factor + (decoupled ? 0.0f : p.decay * weight);
    float m = beta1 * p.first_moment[i] + (1.0f - beta1) * gradient;
    float v = beta2 * p.second_moment[i] + (1.0f - beta2) * gradient * gradient;
    p.new_first_moment[i] = m;
    p.new_second_moment[i] = v;
    float kept = decoupled ? weight - eta * p.decay * weight : weight;
    store_weight(p, i, kept - eta * (m / correction1) / (sqrtf(v / correction2) + epsilon));
  });
}

// Sets *overflow if a gradient is NaN or infinite.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(gradients_finite)(const Parameter* __restrict__ parameters,
                            const Chunk* __restrict__ chunks, int* overflow) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  bool finite = true;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    finite = finite && fabsf(p.gradient[i]) < infinity();
  });
  if (!finite) {
    *overflow = 1;  // all that write, write the same
  }
}

// Dynamic loss scaling, one thread: after an overflow the scale is halved, after `interval` good
// steps doubled up to `largest`. state: scale and its inverse; *good counts; *overflow is reset.
extern "C" __global__ void __launch_bounds__(32)
    ENTRY(loss_scale_update)(float* state, int* good, int* overflow, int interval, float largest) {
  if (thread_index() != 0) {
    return;
  }
  int steps = *overflow ? 0 : *good + 1;
  float scale = state[0];
  if (*overflow) {
    scale = fmaxf(scale * 0.5f, 1.0f);
  } else if (steps == interval) {
    scale = fminf(scale * 2.0f, largest);
    steps = 0;
  }
  state[0] = scale;
  state[1] = 1.0f / scale;
  *good = steps;
  *overflow = 0;
}
