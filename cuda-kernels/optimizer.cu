// Optimisers' steps over all parameters in one launch (dev.convoy.op.ParameterUpdate), and what
// dynamic loss scaling needs. Weights and moments are f32; a 16-bit copy of the weights may be
// written.
//
// A table in device memory lists the tensors, another the chunks: chunk b of the grid is
// `first` … in tensor `tensor`. Hundreds of small tensors so cost one launch and balance well.
//
// `factor` (null: 1) undoes the loss scale. Where it is 0 or *status is not, everything stays as it
// is: whether a step is skipped is decided on the device, and a captured step needs no host.
#include "reduction.cuh"

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
  float decay;      // this tensor's weight decay
  int first_chunk;  // its chunks are neighbours in the table
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

__device__ __forceinline__ void keep(const Parameter& p, int64 i) {
  store_weight(p, i, p.weight[i]);
  if (p.first_moment != nullptr) {
    p.new_first_moment[i] = p.first_moment[i];
  }
  if (p.second_moment != nullptr) {
    p.new_second_moment[i] = p.second_moment[i];
  }
}

__device__ __forceinline__ float gradient_factor(const float* factor, const int* status) {
  return *status != 0 ? 0.0f : factor == nullptr ? 1.0f : *factor;
}

// g ← g·factor + λw; v ← µv + g; w ← w − η·v, with Nesterov w ← w − η·(g + µv). Without momentum the
// moments are null.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(sgd_update)(const Parameter* __restrict__ parameters, const Chunk* __restrict__ chunks,
                      const float* __restrict__ rate, const float* __restrict__ factor,
                      const int* __restrict__ status, float momentum, int nesterov) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  float scaled = gradient_factor(factor, status);
  float eta = *rate;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (scaled == 0.0f) {
      keep(p, i);
      return;
    }
    float weight = p.weight[i];
    float step = p.gradient[i] * scaled + p.decay * weight;
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
                       const float* __restrict__ factor, const int* __restrict__ status,
                       float beta1, float beta2, float epsilon, int decoupled) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  float scaled = gradient_factor(factor, status);
  float eta = *rate;
  // 1 − βᵗ = −expm1(t·log β): near β = 1 the subtraction would lose most digits.
  float correction1 = -expm1f(*step * logf(beta1));
  float correction2 = -expm1f(*step * logf(beta2));
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (scaled == 0.0f) {
      keep(p, i);
      return;
    }
    float weight = p.weight[i];
    float gradient = p.gradient[i] * scaled + (decoupled ? 0.0f : p.decay * weight);
    float m = beta1 * p.first_moment[i] + (1.0f - beta1) * gradient;
    float v = beta2 * p.second_moment[i] + (1.0f - beta2) * gradient * gradient;
    p.new_first_moment[i] = m;
    p.new_second_moment[i] = v;
    float kept = decoupled ? weight - eta * p.decay * weight : weight;
    store_weight(p, i, kept - eta * (m / correction1) / (sqrtf(v / correction2) + epsilon));
  });
}

// g ← g·factor + λw; s ← αs + (1−α)g²; d = g/(√s + ε), or with a velocity d = v ← µv + g/(√s + ε);
// w ← w − ηd. The first moment is s, the second v; without momentum v is null.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(rms_prop_update)(const Parameter* __restrict__ parameters,
                           const Chunk* __restrict__ chunks, const float* __restrict__ rate,
                           const float* __restrict__ factor, const int* __restrict__ status,
                           float smoothing, float own, float epsilon, float momentum) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  float scaled = gradient_factor(factor, status);
  float eta = *rate;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (scaled == 0.0f) {
      keep(p, i);
      return;
    }
    float weight = p.weight[i];
    float gradient = p.gradient[i] * scaled + p.decay * weight;
    float square = smoothing * p.first_moment[i] + own * gradient * gradient;
    p.new_first_moment[i] = square;
    float step = gradient / (sqrtf(square) + epsilon);
    if (p.second_moment != nullptr) {
      step += momentum * p.second_moment[i];
      p.new_second_moment[i] = step;
    }
    store_weight(p, i, weight - eta * step);
  });
}

// Over the 256 threads of a block, in a fixed order; thread 0 has the result.
__device__ __forceinline__ float block_sum(float value, float* warps) {
  value = group_sum(value, 32);
  __syncthreads();
  if (threadIdx.x % 32 == 0) {
    warps[threadIdx.x / 32] = value;
  }
  __syncthreads();
  float sum = 0.0f;
  for (int warp = 0; threadIdx.x == 0 && warp < 8; warp++) {
    sum += warps[warp];
  }
  return sum;
}

// LARS, first of three: Σw² and Σ(g·factor)² of each chunk.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(lars_squares)(const Parameter* __restrict__ parameters, const Chunk* __restrict__ chunks,
                        const float* __restrict__ factor, const int* __restrict__ status,
                        float* __restrict__ squares) {
  __shared__ float warps[8];
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  float scaled = gradient_factor(factor, status);
  float weights = 0.0f;
  float gradients = 0.0f;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    float gradient = p.gradient[i] * scaled;
    weights += p.weight[i] * p.weight[i];
    gradients += gradient * gradient;
  });
  weights = block_sum(weights, warps);
  gradients = block_sum(gradients, warps);
  if (threadIdx.x == 0) {
    squares[2 * blockIdx.x] = weights;
    squares[2 * blockIdx.x + 1] = gradients;
  }
}

// Second, a block a tensor: r = κ‖w‖/(‖g‖ + λ‖w‖), or 1 where a norm is 0.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(lars_ratios)(const Parameter* __restrict__ parameters, const float* __restrict__ squares,
                       float* __restrict__ ratios, float trust) {
  __shared__ float warps[8];
  Parameter p = parameters[blockIdx.x];
  int chunks = static_cast<int>((p.count + CHUNK - 1) / CHUNK);
  float weights = 0.0f;
  float gradients = 0.0f;
  for (int i = threadIdx.x; i < chunks; i += blockDim.x) {
    weights += squares[2 * (p.first_chunk + i)];
    gradients += squares[2 * (p.first_chunk + i) + 1];
  }
  weights = sqrtf(block_sum(weights, warps));
  gradients = sqrtf(block_sum(gradients, warps));
  if (threadIdx.x == 0) {
    bool compared = weights > 0.0f && gradients > 0.0f;
    ratios[blockIdx.x] = compared ? trust * weights / (gradients + p.decay * weights) : 1.0f;
  }
}

// Third: v ← µv + η·r·(g·factor + λw); w ← w − v.
extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(lars_update)(const Parameter* __restrict__ parameters, const Chunk* __restrict__ chunks,
                       const float* __restrict__ rate, const float* __restrict__ factor,
                       const int* __restrict__ status, const float* __restrict__ ratios,
                       float momentum) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  float scaled = gradient_factor(factor, status);
  float eta = *rate * ratios[chunk.tensor];
  for_each_in_chunk(p, chunk, [&](int64 i) {
    if (scaled == 0.0f) {
      keep(p, i);
      return;
    }
    float weight = p.weight[i];
    float step = eta * (p.gradient[i] * scaled + p.decay * weight);
    float velocity = momentum * p.first_moment[i] + step;
    p.new_first_moment[i] = velocity;
    store_weight(p, i, weight - velocity);
  });
}

// UnscaleOp, first of two, one thread: as if all gradients were finite.
extern "C" __global__ void __launch_bounds__(32)
    ENTRY(unscale_factor)(const float* __restrict__ scale, float* __restrict__ factor) {
  if (thread_index() == 0) {
    *factor = 1.0f / *scale;
  }
}

// Second: 0 if an element is NaN or infinite. Of a parameter only gradient and count are looked at.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(unscale_check)(const Parameter* __restrict__ parameters,
                         const Chunk* __restrict__ chunks, float* factor) {
  Chunk chunk = chunks[blockIdx.x];
  Parameter p = parameters[chunk.tensor];
  bool finite = true;
  for_each_in_chunk(p, chunk, [&](int64 i) {
    finite = finite && fabsf(p.gradient[i]) < infinity();
  });
  if (!finite) {
    *factor = 0.0f;  // all that write, write the same
  }
}

// LossScaleOp, one thread. An overflow at scale 1 sets *status to `code`.
extern "C" __global__ void __launch_bounds__(32)
    ENTRY(loss_scale)(const float* scale, const float* good, const float* skipped,
                      const float* factor, float* new_scale, float* new_good, float* new_skipped,
                      int* status, int code, int interval, float largest) {
  if (thread_index() != 0) {
    return;
  }
  float old_scale = *scale;
  float steps = *good;
  float left_out = *skipped;
  bool stopped = *status != 0;
  if (!stopped && *factor == 0.0f) {
    if (old_scale <= 1.0f) {
      *status = code;
      stopped = true;
    } else {
      old_scale = fmaxf(old_scale * 0.5f, 1.0f);
      steps = 0.0f;
      left_out += 1.0f;
    }
  } else if (!stopped && ++steps >= interval) {
    old_scale = fminf(old_scale * 2.0f, largest);
    steps = 0.0f;
  }
  *new_scale = old_scale;
  *new_good = steps;
  *new_skipped = left_out;
}
