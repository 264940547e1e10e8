// Functions of single elements (UnaryOp), of two with repetition (BinaryOp), casts, strided copies
// (BroadcastOp, TransposeOp, FlipOp), the guard on the loss and moving averages.
#include "functions.cuh"

// Derivative from the input or the output, whichever UnaryOp keeps.
__device__ __forceinline__ float derivative(int function, float kept, float alpha) {
  switch (function) {
    case RELU:
      return kept > 0.0f ? 1.0f : 0.0f;
    case LEAKY_RELU:
      return kept > 0.0f ? 1.0f : alpha;
    case SIGMOID:
      return kept * (1.0f - kept);
    case TANH:
      return 1.0f - kept * kept;
    case SILU: {
      float s = sigmoid(kept);
      return s * (1.0f + kept * (1.0f - s));
    }
    case EXP:
      return kept;
    case LOG:
      return 1.0f / kept;
    case SQUARE:
      return 2.0f * kept;
    case RECIPROCAL_SQRT:
      return -0.5f * kept * kept * kept;
    default:
      return alpha;
  }
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(unary_forward)(const Element* x, Element* y, int64 count, int function, float alpha,
                         float beta) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    Octet value = load_octet(x + i, here, whole);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      value.v[k] = apply(function, value.v[k], alpha, beta);
    }
    store_octet(y + i, value, here, whole);
  });
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(unary_gradient)(const Element* dy, const Element* kept, Element* dx, int64 count,
                          int function, float alpha) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    Octet upstream = load_octet(dy + i, here, whole);
    Octet value = load_octet(kept + i, here, whole);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      upstream.v[k] *= derivative(function, value.v[k], alpha);
    }
    store_octet(dx + i, upstream, here, whole);
  });
}

__device__ __forceinline__ float combine(int op, float a, float b) {
  switch (op) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    case 3:
      return a / b;
    case 4:  // NaN if one is NaN, which fmaxf would drop
      return a > b || a != a ? a : b;
    case 5:
      return a < b || a != a ? a : b;
    default:
      return a > b ? 1.0f : a == b ? 0.5f : 0.0f;
  }
}

// Both operands and the result lie densely in the same order.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(binary_same)(const Element* a, const Element* b, Element* y, int64 count, int op) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    Octet first = load_octet(a + i, here, whole);
    Octet second = load_octet(b + i, here, whole);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      first.v[k] = combine(op, first.v[k], second.v[k]);
    }
    store_octet(y + i, first, here, whole);
  });
}

// Up to six axes, outermost first; a stride of 0 repeats.
const int AXES = 6;
const int LAST = AXES - 1;
struct Extents {
  int v[AXES];
};
struct Strides {
  int64 v[AXES];
};

// Offsets of an eight along the last axis; `row` counts the axes before it.
__device__ __forceinline__ int64 row_offset(const Extents& extents, const Strides& strides,
                                            uint32 row) {
  int64 offset = 0;
#pragma unroll
  for (int axis = LAST - 1; axis >= 0; axis--) {
    if (extents.v[axis] > 1) {  // most problems have one or two axes left
      uint32 outer = row / extents.v[axis];
      offset += (row - outer * extents.v[axis]) * strides.v[axis];
      row = outer;
    }
  }
  return offset;
}

__device__ __forceinline__ Octet load_strided(const Element* source, int64 stride, int count,
                                              bool whole) {
  if (stride == 1) {
    return load_octet(source, count, whole);
  }
  if (stride == 0) {
    return octet_of(to_float(source[0]));
  }
  Octet values;
#pragma unroll
  for (int k = 0; k < 8; k++) {
    values.v[k] = k < count ? to_float(source[k * stride]) : 0.0f;
  }
  return values;
}

// Visits eights along the last axis of a dense result. `aligned`: 16-byte loads are possible in all
// rows of all operands whose last stride is 1.
template <typename Body>
__device__ __forceinline__ void for_each_strided(const Extents& extents, int aligned, Body body) {
  uint32 units = ceil_divide(extents.v[LAST], 8);
  int64 total = units;
  for (int axis = 0; axis < LAST; axis++) {
    total *= extents.v[axis];
  }
  for (int64 t = thread_index(); t < total; t += thread_count()) {
    Split at = split(t, units);
    int last = static_cast<int>(at.remainder) * 8;
    body(at.quotient, last, smaller(8, extents.v[LAST] - last), aligned != 0);
  }
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(binary_strided)(const Element* a, const Element* b, Element* y, Extents extents,
                          Strides strides_a, Strides strides_b, int aligned, int op) {
  for_each_strided(extents, aligned, [&](uint32 row, int last, int here, bool whole) {
    Octet first = load_strided(a + row_offset(extents, strides_a, row) + last * strides_a.v[LAST],
                               strides_a.v[LAST], here, whole);
    Octet second = load_strided(b + row_offset(extents, strides_b, row) + last * strides_b.v[LAST],
                                strides_b.v[LAST], here, whole);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      first.v[k] = combine(op, first.v[k], second.v[k]);
    }
    store_octet(y + static_cast<int64>(row) * extents.v[LAST] + last, first, here, whole);
  });
}

// A dense result from a source with any strides, beginning at `start`: repetition, permutation, a
// part, reversed axes.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(strided_copy)(const Element* __restrict__ x, Element* __restrict__ y, int64 start,
                        Extents extents, Strides strides, int aligned) {
  for_each_strided(extents, aligned, [&](uint32 row, int last, int here, bool whole) {
    int64 first = start + row_offset(extents, strides, row) + last * strides.v[LAST];
    Octet values = load_strided(x + first, strides.v[LAST], here, whole);
    store_octet(y + static_cast<int64>(row) * extents.v[LAST] + last, values, here, whole);
  });
}

// The same for bytes. Values of four bytes go through the kernel of f32, which only moves them.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(strided_copy_u8)(const uint8* __restrict__ x, uint8* __restrict__ y, int64 start,
                           Extents extents, Strides strides) {
  for_each_strided(extents, 0, [&](uint32 row, int last, int here, bool) {
    const uint8* source = x + start + row_offset(extents, strides, row);
    for (int k = last; k < last + here; k++) {
      y[static_cast<int64>(row) * extents.v[LAST] + k] = source[k * strides.v[LAST]];
    }
  });
}

template <typename From>
__device__ __forceinline__ void cast_all(const From* x, Element* y, int64 count) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    store_octet(y + i, load_octet(x + i, here, whole), here, whole);
  });
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(cast_from_f32)(const float* x, Element* y, int64 count) {
  cast_all(x, y, count);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(cast_from_f16)(const Half* x, Element* y, int64 count) {
  cast_all(x, y, count);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(cast_from_bf16)(const BFloat* x, Element* y, int64 count) {
  cast_all(x, y, count);
}

extern "C" __global__ void __launch_bounds__(256)
    ENTRY(cast_from_u8)(const uint8* x, Element* y, int64 count) {
  for (int64 i = thread_index(); i < count; i += thread_count()) {
    assign(y + i, static_cast<float>(x[i]));
  }
}

// Passes elements on and sets *status to `code` if one is NaN or infinite (FiniteGuardOp). Kernels
// that change variables look at *status and leave them alone.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(finite_guard)(const Element* x, Element* y, int64 count, int* status, int code) {
  for_each_octet(count, [&](int64 i, int here, bool whole) {
    Octet values = load_octet(x + i, here, whole);
    bool finite = true;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      finite = finite && fabsf(values.v[k]) < infinity();
    }
    if (!finite) {
      atomicCAS(status, 0, code);
    }
    store_octet(y + i, values, here, whole);
  });
}

// (1−α)·average + α·correction·sample (MovingAverageOp); the average itself if *status is set.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(moving_average)(const Element* average, const Element* sample, Element* y, int64 count,
                          float kept, float added, const int* status) {
  bool stopped = *status != 0;
  for (int64 i = thread_index(); i < count; i += thread_count()) {
    float old = to_float(average[i]);
    assign(y + i, stopped ? old : kept * old + added * to_float(sample[i]));
  }
}
