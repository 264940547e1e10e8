// Σ w[label] over the labels that count, of each example or of all; 1 where nothing counts
// (dev.convoy.op.LabelWeightOp).
#include "elements.cuh"

// A block a sum, in double and in a fixed order. Without weights (null) every label that is not
// `ignored` counts 1; with them, one outside [0, classes) sets *status to `code`.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(label_weight)(const int* __restrict__ labels, const Element* __restrict__ weights,
                        Element* __restrict__ sums, int* status, int code, int64 each, int classes,
                        int64 ignored) {
  __shared__ double partial[256];
  const int* own = labels + blockIdx.x * each;
  double sum = 0.0;
  for (int64 i = threadIdx.x; i < each; i += blockDim.x) {
    int label = own[i];
    if (label == ignored) {
      continue;
    }
    if (weights == nullptr) {
      sum += 1.0;
    } else if (label >= 0 && label < classes) {
      sum += to_float(weights[label]);
    } else {
      atomicCAS(status, 0, code);
    }
  }
  partial[threadIdx.x] = sum;
  for (int half = 128; half > 0; half /= 2) {
    __syncthreads();
    if (static_cast<int>(threadIdx.x) < half) {
      partial[threadIdx.x] += partial[threadIdx.x + half];
    }
  }
  if (threadIdx.x == 0) {
    assign(sums + blockIdx.x, partial[0] == 0.0 ? 1.0f : static_cast<float>(partial[0]));
  }
}
