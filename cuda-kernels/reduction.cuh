// Sums and maxima over the lanes of a warp, in a fixed order.
#pragma once
#include "elements.cuh"

// Over groups of `group` neighbouring lanes (a power of two); every lane gets the result, and all
// 32 lanes must call.
__device__ __forceinline__ float group_sum(float value, int group) {
  for (int distance = group / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, distance);
  }
  return value;
}

__device__ __forceinline__ float group_max(float value, int group) {
  for (int distance = group / 2; distance > 0; distance /= 2) {
    value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, distance));
  }
  return value;
}

// A group of lanes shares a line; warps go over the lines in strides of the grid. The number of
// rounds is the same for all lanes of a warp, so that all reach the shuffles: lanes past the last
// line get `here` false.
template <typename Body>
__device__ __forceinline__ void for_each_line(int64 lines, int group, Body body) {
  int64 lane = thread_index();
  int64 per_round = thread_count() / group;
  int64 first_of_warp = (lane / 32) * (32 / group);
  for (int64 base = first_of_warp; base < lines; base += per_round) {
    int64 line = base + (lane % 32) / group;
    body(line, line < lines, static_cast<int>(lane % group));
  }
}
