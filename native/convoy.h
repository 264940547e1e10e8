// What Java calls: see NativeKernels.java.
#pragma once

#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
namespace convoy::avx2 {
#include "kernels.h"
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma,bmi2,prefer-vector-width=512")
namespace convoy::avx512 {
#include "kernels.h"
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,bmi2,prefer-vector-width=512")
namespace convoy::avx512_bf16 {
#include "conv2d_weight_gradient.h"
}
#pragma GCC pop_options

namespace convoy {

inline bool supported() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}

inline bool has_avx512() {
  static const bool has =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return has;
}

inline bool has_avx512_bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }

// Calls the best that the processor has.
#define CONVOY_BEST(function, ...) \
  (has_avx512() ? avx512::function(__VA_ARGS__) : avx2::function(__VA_ARGS__))

inline void max_unpool2d(int element_bytes, const void* values, const int32_t* indices, void* whole,
                         int64_t pictures, int64_t pooled_height, int64_t pooled_width,
                         int64_t channels, int64_t height, int64_t width) {
  CONVOY_BEST(max_unpool2d, element_bytes, values, indices, whole, pictures, pooled_height,
              pooled_width, channels, height, width);
}

using avx512_bf16::WeightGradient;

inline int64_t conv2d_weight_gradient_bytes(const WeightGradient* geometry, int threads) {
  return avx512_bf16::memory_bytes(*geometry, threads);
}

inline void conv2d_weight_gradient(const WeightGradient* geometry, const uint16_t* x,
                                   const uint16_t* dy, float* dw, char* memory, int threads) {
  avx512_bf16::conv2d_weight_gradient(*geometry, x, dy, dw, memory, threads);
}

}  // namespace convoy
