// Functions of single elements (dev.convoy.op.UnaryOp), and a visitor of flat arrays.
#pragma once
#include "elements.cuh"

// Codes as in dev.convoy.backend.cuda.ElementwiseCuda.
enum Function {
  RELU = 0,
  LEAKY_RELU = 1,
  SIGMOID = 2,
  TANH = 3,
  SILU = 4,
  EXP = 5,
  LOG = 6,
  SQUARE = 7,
  RECIPROCAL_SQRT = 8,
  AFFINE = 9
};

__device__ __forceinline__ float sigmoid(float x) {
  return 1.0f / (1.0f + expf(-x));
}

__device__ __forceinline__ float apply(int function, float x, float alpha, float beta) {
  switch (function) {
    case RELU:
      return x <= 0.0f ? 0.0f : x;
    case LEAKY_RELU:
      return x > 0.0f ? x : alpha * x;
    case SIGMOID:
      return sigmoid(x);
    case TANH:
      return tanhf(x);
    case SILU:
      return x * sigmoid(x);
    case EXP:
      return expf(x);
    case LOG:
      return logf(x);
    case SQUARE:
      return x * x;
    case RECIPROCAL_SQRT:
      return 1.0f / sqrtf(x);
    default:
      return alpha * x + beta;
  }
}

// Visits a flat array in eights; only the last may be shorter.
template <typename Body>
__device__ __forceinline__ void for_each_octet(int64 count, Body body) {
  for (int64 i = thread_index() * 8; i < count; i += thread_count() * 8) {
    int64 left = count - i;
    body(i, left < 8 ? static_cast<int>(left) : 8, left >= 8);
  }
}
