// What Java calls: see NativeKernels.java.
#pragma once

#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

// GCC before 13 reads the whole file before it heeds the pragmas: __AVX512F__ and its like tell
// nothing in what is included here. CONVOY_AVX512 and CONVOY_BF16 do.

#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
namespace convoy::avx2 {
#include "kernels.h"
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,fma,bmi2,prefer-vector-width=512")
#define CONVOY_AVX512
namespace convoy::avx512 {
#include "kernels.h"
}
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,bmi2,prefer-vector-width=512")
#define CONVOY_BF16
namespace convoy::avx512_bf16 {
#include "kernels.h"
#include "pair_products.h"
#include "conv2d_weight_gradient.h"
}
#undef CONVOY_BF16
#undef CONVOY_AVX512
#pragma GCC pop_options

#if __GNUC__ >= 11
#define CONVOY_AMX
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16,fma,bmi2")
namespace convoy::amx {
using avx512_bf16::lanes;
#include "tile_products.h"
#include "conv2d_weight_gradient.h"
#include "tile_conv2d.h"

// The same fields.
inline WeightGradient like(const avx512_bf16::WeightGradient& geometry) {
  WeightGradient copy;
  static_assert(sizeof copy == sizeof geometry);
  std::memcpy(&copy, &geometry, sizeof copy);
  return copy;
}
}
#pragma GCC pop_options
#endif

namespace convoy {

inline bool supported() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi2");
}

// Instructions that kernels are compiled for, in the order of their worth.
enum Instructions : int { avx2_only, avx512_only, avx512_and_bf16 };

// The most that the environment allows.
inline std::string allowed() {
  const char* asked = std::getenv("CONVOY_NATIVE");
  return asked == nullptr ? "" : asked;
}

// The best that the processor has and the environment allows.
inline Instructions instructions() {
  static const Instructions best = [] {
    std::string most = allowed();
    bool avx512 = most != "avx2" && __builtin_cpu_supports("avx512f") &&
                  __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                  __builtin_cpu_supports("avx512dq");
    bool bf16 = avx512 && most != "avx512" && __builtin_cpu_supports("avx512bf16");
    return bf16 ? avx512_and_bf16 : avx512 ? avx512_only : avx2_only;
  }();
  return best;
}

// Whether AMX may be used where the processor has it, which oneDNN knows and asks Linux for.
inline bool takes_tiles() {
#ifdef CONVOY_AMX
  return instructions() == avx512_and_bf16 && allowed() != "avx512_bf16";
#else
  return false;
#endif
}

#define CONVOY_BEST(function, ...)                                             \
  (instructions() == avx512_and_bf16 ? avx512_bf16::function(__VA_ARGS__)      \
   : instructions() == avx512_only   ? avx512::function(__VA_ARGS__)           \
                                     : avx2::function(__VA_ARGS__))

inline int threads() { return omp_get_max_threads(); }

inline int judge_indices(const int64_t* pooled_map, const int32_t* indices) {
  return CONVOY_BEST(judge_indices, pooled_map, indices);
}

inline void max_pool2d(int element_bytes, const int64_t* pooled_map, const void* source,
                       void* values, int32_t* indices) {
  CONVOY_BEST(max_pool2d, element_bytes, pooled_map, source, values, indices);
}

inline void max_pool2d_gradient(int element_bytes, int judged, const int64_t* pooled_map,
                                const void* upstream, const int32_t* indices, void* whole,
                                float* scratch) {
  CONVOY_BEST(max_pool2d_gradient, element_bytes, judged, pooled_map, upstream, indices, whole,
              scratch);
}

inline void max_unpool2d(int element_bytes, int judged, const int64_t* pooled_map,
                         const void* values, const int32_t* indices, void* whole) {
  CONVOY_BEST(max_unpool2d, element_bytes, judged, pooled_map, values, indices, whole);
}

inline void max_unpool2d_gradient(int element_bytes, int judged, const int64_t* pooled_map,
                                  const void* whole, const int32_t* indices, void* values,
                                  float* scratch) {
  CONVOY_BEST(max_unpool2d_gradient, element_bytes, judged, pooled_map, whole, indices, values,
              scratch);
}

inline void separable2d(int element_bytes, const void* source, void* target, int64_t pictures,
                        int64_t channels, const int32_t* rows, const int32_t* columns,
                        float* scratch) {
  CONVOY_BEST(separable2d, element_bytes, source, target, pictures, channels, rows, columns,
              scratch);
}

inline void depthwise_weight_gradient(int element_bytes, int weight_bytes, const int64_t* pooled_map,
                                      const void* source, const void* upstream, void* weights,
                                      const int64_t* strides, void* biases, double* scratch) {
  CONVOY_BEST(depthwise_weight_gradient, element_bytes, weight_bytes, pooled_map, source, upstream,
              weights, strides, biases, scratch);
}

inline int64_t batch_norm2d_bytes(int64_t channels) { return avx2::batch_norm2d_bytes(channels); }

inline void batch_norm2d(int element_bytes, int64_t rows, int64_t channels, float epsilon,
                         const void* x, const float* scale, const float* shift,
                         const void* residual, void* y, float* mean, float* variance,
                         uint16_t* mask, char* scratch) {
  CONVOY_BEST(batch_norm2d, element_bytes, rows, channels, epsilon, x, scale, shift, residual, y,
              mean, variance, mask, scratch);
}

inline void batch_norm2d_gradient(int element_bytes, int64_t rows, int64_t channels, float epsilon,
                                  const void* dy, const void* x, const float* scale,
                                  const float* mean, const float* variance, const uint16_t* mask,
                                  void* through, void* dx, float* dscale, float* dshift,
                                  char* scratch) {
  CONVOY_BEST(batch_norm2d_gradient, element_bytes, rows, channels, epsilon, dy, x, scale, mean,
              variance, mask, through, dx, dscale, dshift, scratch);
}

inline void batch_norm2d_inference(int element_bytes, int64_t rows, int64_t channels,
                                   float epsilon, const void* x, const float* scale,
                                   const float* shift, const float* mean, const float* variance,
                                   bool relu, void* y, char* scratch) {
  CONVOY_BEST(batch_norm2d_inference, element_bytes, rows, channels, epsilon, x, scale, shift,
              mean, variance, relu, y, scratch);
}

inline void sgd_update(int64_t count, const float* w, const float* g, const float* v,
                       const float* rate, const float* factor, float* new_w, float* new_v,
                       float momentum, float weight_decay, bool nesterov) {
  CONVOY_BEST(sgd_update, count, w, g, v, rate, factor, new_w, new_v, momentum, weight_decay,
              nesterov);
}

inline void winograd_scatter_input(const int64_t* tiles, const float* source, float* planes,
                                   int64_t first) {
  CONVOY_BEST(winograd_scatter_input, tiles, source, planes, first);
}

inline void winograd_scatter_gradient(const int64_t* tiles, const float* source, float* planes,
                                      int64_t first) {
  CONVOY_BEST(winograd_scatter_gradient, tiles, source, planes, first);
}

inline void winograd_gather(const int64_t* tiles, const float* planes, const float* bias,
                            bool residual, bool relu, float* target, int64_t first) {
  CONVOY_BEST(winograd_gather, tiles, planes, bias, residual, relu, target, first);
}

inline void winograd_filter(int64_t count, int64_t plane, bool turned, const float* taps,
                            float* matrices) {
  CONVOY_BEST(winograd_filter, count, plane, turned, taps, matrices);
}

inline void winograd_filter_gradient(int64_t count, int64_t plane, const float* matrices,
                                     float* taps) {
  CONVOY_BEST(winograd_filter_gradient, count, plane, matrices, taps);
}

using avx512_bf16::WeightGradient;

inline int64_t conv2d_weight_gradient_bytes(bool tiles, const WeightGradient* geometry,
                                            int threads) {
#ifdef CONVOY_AMX
  if (tiles) return amx::memory_bytes(amx::like(*geometry), threads);
#endif
  return avx512_bf16::memory_bytes(*geometry, threads);
}

inline void conv2d_weight_gradient(bool tiles, const WeightGradient* geometry, const uint16_t* x,
                                   const uint16_t* dy, float* dw, char* memory, int threads) {
#ifdef CONVOY_AMX
  if (tiles) {
    amx::conv2d_weight_gradient(amx::like(*geometry), x, dy, dw, memory, threads);
    return;
  }
#endif
  avx512_bf16::conv2d_weight_gradient(*geometry, x, dy, dw, memory, threads);
}

// Nothing where there are no tiles: nobody calls it.
inline void tile_conv2d_weights(const int64_t* geometry, const float* w, int64_t filter_step,
                                int64_t channel_step, uint16_t* packed) {
#ifdef CONVOY_AMX
  amx::tile_conv2d_weights(amx::TileConv2d::at(geometry), w, filter_step, channel_step, packed);
#endif
}

inline void tile_conv2d(const int64_t* geometry, const int32_t* table, const uint16_t* x,
                        const uint16_t* packed, const float* bias, bool residual, bool relu,
                        uint16_t* y) {
#ifdef CONVOY_AMX
  amx::TileFinish finish{bias, residual, relu};
  amx::tile_conv2d(amx::TileConv2d::at(geometry), table, x, packed, finish, y);
#endif
}

}  // namespace convoy
