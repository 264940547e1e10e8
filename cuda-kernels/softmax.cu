// Softmax and its logarithm along an axis (dev.convoy.op.SoftmaxOp), with the largest element taken
// off first, and their gradients.
//
// Elements of a line that are neighbours in memory are shared by a group of 1 to 32 lanes (short
// lines, such as the classes of a pixel, would leave most of a warp idle). Where lines lie `inner`
// elements apart, a thread takes a line and neighbouring threads neighbouring lines.
#include "reduction.cuh"

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(softmax_rows)(const Element* __restrict__ x, Element* __restrict__ y, int64 lines,
                        int length, int group, int logarithm) {
  for_each_line(lines, group, [&](int64 line, bool here, int lane) {
    const Element* source = x + line * length;
    int end = here ? length : 0;
    float largest = -infinity();
    for (int k = lane; k < end; k += group) {
      largest = fmaxf(largest, to_float(source[k]));
    }
    largest = group_max(largest, group);
    float sum = 0.0f;
    for (int k = lane; k < end; k += group) {
      sum += expf(to_float(source[k]) - largest);
    }
    sum = group_sum(sum, group);
    float log_sum = logf(sum);
    for (int k = lane; k < end; k += group) {
      float shifted = to_float(source[k]) - largest;
      assign(y + line * length + k, logarithm ? shifted - log_sum : expf(shifted) / sum);
    }
  });
}

extern "C" __global__ void __launch_bounds__(256, 4)
    ENTRY(softmax_columns)(const Element* __restrict__ x, Element* __restrict__ y, int64 lines,
                           int length, int inner, int logarithm) {
  for (int64 line = thread_index(); line < lines; line += thread_count()) {
    int64 start = line / inner * inner * length + line % inner;
    float largest = -infinity();
    for (int k = 0; k < length; k++) {
      largest = fmaxf(largest, to_float(x[start + static_cast<int64>(k) * inner]));
    }
    float sum = 0.0f;
    for (int k = 0; k < length; k++) {
      sum += expf(to_float(x[start + static_cast<int64>(k) * inner]) - largest);
    }
    float log_sum = logf(sum);
    for (int k = 0; k < length; k++) {
      int64 i = start + static_cast<int64>(k) * inner;
      float shifted = to_float(x[i]) - largest;
      assign(y + i, logarithm ? shifted - log_sum : expf(shifted) / sum);
    }
  }
}

// Softmax: y·(dy − Σ dy·y); logarithm: dy − e^y·Σ dy.
__device__ __forceinline__ float softmax_term(float dy, float y, int logarithm) {
  return logarithm ? dy : dy * y;
}

__device__ __forceinline__ float softmax_slope(float dy, float y, float sum, int logarithm) {
  return logarithm ? dy - expf(y) * sum : y * (dy - sum);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(softmax_rows_gradient)(const Element* __restrict__ dy, const Element* __restrict__ y,
                                 Element* __restrict__ dx, int64 lines, int length, int group,
                                 int logarithm) {
  for_each_line(lines, group, [&](int64 line, bool here, int lane) {
    int64 start = line * length;
    int end = here ? length : 0;
    float sum = 0.0f;
    for (int k = lane; k < end; k += group) {
      sum += softmax_term(to_float(dy[start + k]), to_float(y[start + k]), logarithm);
    }
    sum = group_sum(sum, group);
    for (int k = lane; k < end; k += group) {
      float upstream = to_float(dy[start + k]);
      assign(dx + start + k, softmax_slope(upstream, to_float(y[start + k]), sum, logarithm));
    }
  });
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(softmax_columns_gradient)(const Element* __restrict__ dy, const Element* __restrict__ y,
                                    Element* __restrict__ dx, int64 lines, int length, int inner,
                                    int logarithm) {
  for (int64 line = thread_index(); line < lines; line += thread_count()) {
    int64 start = line / inner * inner * length + line % inner;
    float sum = 0.0f;
    for (int k = 0; k < length; k++) {
      int64 i = start + static_cast<int64>(k) * inner;
      sum += softmax_term(to_float(dy[i]), to_float(y[i]), logarithm);
    }
    for (int k = 0; k < length; k++) {
      int64 i = start + static_cast<int64>(k) * inner;
      assign(dx + i, softmax_slope(to_float(dy[i]), to_float(y[i]), sum, logarithm));
    }
  }
}
