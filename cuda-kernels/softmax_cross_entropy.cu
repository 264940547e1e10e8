// Cross-entropy of softmax(logits) against labels, one loss a line of K logits that are neighbours
// in memory: an example, or with channels last a pixel (dev.convoy.op.SoftmaxCrossEntropyOp).
//
//   loss = −(1−s)·w[label]·log p[label] − s/K·Σ_k w[k]·log p[k]
//
// with label smoothing s and class weights w (null: all 1). A label equal to `ignored` gives loss 0
// and gradient 0; any other label outside [0, K) sets *status to `code`.
#include "reduction.cuh"

struct Target {
  int label;
  bool counts;
};

__device__ __forceinline__ Target target_of(const int* labels, int64 line, bool here, int classes,
                                            int64 ignored, int* status, int code) {
  Target target = {0, false};
  if (here) {
    int label = labels[line];
    bool inside = label >= 0 && label < classes;
    target.label = inside ? label : 0;  // never an index outside the weights
    target.counts = inside && label != ignored;
    if (!inside && label != ignored) {
      atomicCAS(status, 0, code);
    }
  }
  return target;
}

__device__ __forceinline__ float weight_of(const void* weights, int k, int wide) {
  return weights == nullptr ? 1.0f : load_parameter(weights, k, wide);
}

// log Σ e^x over a line, shared by a group of lanes.
__device__ __forceinline__ float log_sum(const Element* logits, int end, int lane, int group) {
  float largest = -infinity();
  for (int k = lane; k < end; k += group) {
    largest = fmaxf(largest, to_float(logits[k]));
  }
  largest = group_max(largest, group);
  float sum = 0.0f;
  for (int k = lane; k < end; k += group) {
    sum += expf(to_float(logits[k]) - largest);
  }
  return largest + logf(group_sum(sum, group));
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(softmax_cross_entropy_forward)(const Element* __restrict__ logits,
                                         const int* __restrict__ labels,
                                         const void* __restrict__ weights,
                                         Element* __restrict__ losses, int* status, int code,
                                         int64 lines, int classes, int group, float smoothing,
                                         int64 ignored, int wide) {
  for_each_line(lines, group, [&](int64 line, bool here, int lane) {
    const Element* own = logits + line * classes;
    Target target = target_of(labels, line, here, classes, ignored, status, code);
    int end = target.counts ? classes : 0;
    float normaliser = log_sum(own, end, lane, group);
    float spread = 0.0f;
    for (int k = lane; k < end && smoothing > 0.0f; k += group) {
      spread += weight_of(weights, k, wide) * (to_float(own[k]) - normaliser);
    }
    spread = group_sum(spread, group);
    if (here && lane == 0) {
      float loss = 0.0f;
      if (target.counts) {
        float hit = to_float(own[target.label]) - normaliser;
        loss = -(1.0f - smoothing) * weight_of(weights, target.label, wide) * hit -
               smoothing * (spread / classes);
      }
      assign(losses + line, loss);
    }
  });
}

// (p_k·Σ_j w_j·q_j − w_k·q_k)·dy with the targets q of above.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(softmax_cross_entropy_gradient)(const Element* __restrict__ dy,
                                          const Element* __restrict__ logits,
                                          const int* __restrict__ labels,
                                          const void* __restrict__ weights,
                                          Element* __restrict__ gradient, int* status, int code,
                                          int64 lines, int classes, int group, float smoothing,
                                          int64 ignored, int wide) {
  for_each_line(lines, group, [&](int64 line, bool here, int lane) {
    const Element* own = logits + line * classes;
    Target target = target_of(labels, line, here, classes, ignored, status, code);
    int end = target.counts ? classes : 0;
    float normaliser = log_sum(own, end, lane, group);
    float total = 0.0f;
    for (int k = lane; k < end && weights != nullptr && smoothing > 0.0f; k += group) {
      total += weight_of(weights, k, wide);
    }
    total = weights == nullptr ? static_cast<float>(classes) : group_sum(total, group);
    float upstream = target.counts ? to_float(dy[line]) : 0.0f;
    float share = smoothing / classes;
    float mass = (1.0f - smoothing) * weight_of(weights, target.label, wide) + share * total;
    for (int k = lane; here && k < classes; k += group) {
      float slope = 0.0f;
      if (target.counts) {
        float probability = expf(to_float(own[k]) - normaliser);
        float wanted = share + (k == target.label ? 1.0f - smoothing : 0.0f);
        slope = upstream * (probability * mass - weight_of(weights, k, wide) * wanted);
      }
      assign(gradient + line * classes + k, slope);
    }
  });
}
