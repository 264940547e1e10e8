// Max unpooling: each value goes back to where its maximum came from, zeros elsewhere. Where several
// values have one place, the last in row-major order of the pooled map wins, in every run.
//
// If the indices lie in the windows of a known pooling, every output is found from its windows: one
// pass, each byte moved once. Indices from anywhere need a map of owners. An index outside the
// picture (or, in the windowed form, outside its window) sets *status to `code` and is not written.
#include "windows.cuh"

__device__ __forceinline__ void report(int* status, int code) {
  atomicCAS(status, 0, code);
}

// Windows that do not overlap (kernel ≤ stride): a thread reads eight pooled channels once and
// writes the cell of stride×stride outputs that belongs to them, zeros included. x and indices
// N×PH×PW×C, y N×H×W×C; `pooled` and `output` are their extents.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(max_unpool2d_cells)(const Element* __restrict__ x, const int* __restrict__ indices,
                              Element* __restrict__ y, int* status, int code, Picture pooled,
                              Picture output, Window window) {
  for_each_place(pooled, [&](const Place& at) {
    Octet value = load_octet(x + at.offset, at.count, at.aligned);
    IntOctet place = load_ints(indices + at.offset, at.count, at.aligned);
    int top = larger(0, at.h * window.stride_height - window.top);
    int left = larger(0, at.w * window.stride_width - window.left);
    int bottom = at.h == pooled.height - 1 ? output.height
                                           : (at.h + 1) * window.stride_height - window.top;
    int right = at.w == pooled.width - 1 ? output.width
                                         : (at.w + 1) * window.stride_width - window.left;
    bottom = smaller(bottom, output.height);
    right = smaller(right, output.width);
    bool inside = true;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      int h = place.v[k] / output.width;
      int w = place.v[k] - h * output.width;
      bool own = place.v[k] >= 0 && h >= top && h < bottom && w >= left && w < right;
      inside = inside && (own || k >= at.count);
    }
    if (!inside) {
      report(status, code);
    }
    for (int h = top; h < bottom; h++) {
      for (int w = left; w < right; w++) {
        int own = h * output.width + w;
        Octet result;
#pragma unroll
        for (int k = 0; k < 8; k++) {
          result.v[k] = place.v[k] == own ? value.v[k] : 0.0f;
        }
        store_octet(y + offset_of(output, at.n, h, w, at.channel), result, at.count, at.aligned);
      }
    }
  });
}

// Windows that overlap: a thread looks through the windows that cover its output, the last first.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(max_unpool2d_windows)(const Element* __restrict__ x, const int* __restrict__ indices,
                                Element* __restrict__ y, int* status, int code, Picture pooled,
                                Picture output, Window window) {
  for_each_place(output, [&](const Place& at) {
    Octet result = octet_of(0.0f);
    int own = at.h * output.width + at.w;
    for_each_cover(pooled, window, at, [&](int, int, int64 offset) {
      IntOctet place = load_ints(indices + offset, at.count, at.aligned);
      Octet value = load_octet(x + offset, at.count, at.aligned);
#pragma unroll
      for (int k = 0; k < 8; k++) {
        result.v[k] = place.v[k] == own ? value.v[k] : result.v[k];
      }
    });
    store_octet(y + at.offset, result, at.count, at.aligned);
  });
  for_each_place(pooled, [&](const Place& at) {
    IntOctet place = load_ints(indices + at.offset, at.count, at.aligned);
    int top = at.h * window.stride_height - window.top;
    int left = at.w * window.stride_width - window.left;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      int h = place.v[k] / output.width;
      int w = place.v[k] - h * output.width;
      bool own = place.v[k] >= 0 && h < output.height && h >= top &&
                 h < top + span_height(window) && w >= left && w < left + span_width(window);
      if (!own && k < at.count) {
        report(status, code);
      }
    }
  });
}

// Marks every place as without an owner.
extern "C" __global__ void __launch_bounds__(256) ENTRY(max_unpool2d_clear)(int* owner,
                                                                           int64 count) {
  for (int64 i = thread_index(); i < count; i += thread_count()) {
    owner[i] = -1;
  }
}

// First of two passes for indices from anywhere: the highest pooled position that names a place
// owns it. `owner` N×H×W×C was cleared; a maximum does not depend on the order of threads.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(max_unpool2d_claim)(const int* __restrict__ indices, int* owner, int* status, int code,
                              Picture pooled, Picture output) {
  int64 count = static_cast<int64>(pooled.batch) * pooled.height * pooled.width * pooled.channels;
  int plane = output.height * output.width;
  for (int64 i = thread_index(); i < count; i += thread_count()) {
    int place = indices[i];
    if (place < 0 || place >= plane) {
      report(status, code);
      continue;
    }
    Split at = split(i, pooled.channels);
    Split pixel = split(at.quotient, pooled.height * pooled.width);
    atomicMax(owner + (static_cast<int64>(pixel.quotient) * plane + place) * output.channels +
                  at.remainder,
              static_cast<int>(pixel.remainder));
  }
}

// Second pass: every output takes the value of its owner, or zero.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(max_unpool2d_take)(const Element* __restrict__ x, const int* __restrict__ owner,
                             Element* __restrict__ y, Picture pooled, Picture output) {
  int pooled_plane = pooled.height * pooled.width;
  for_each_place(output, [&](const Place& at) {
    IntOctet position = load_ints(owner + at.offset, at.count, at.aligned);
    Octet result;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      int64 pixel = static_cast<int64>(at.n) * pooled_plane + position.v[k];
      result.v[k] = position.v[k] < 0 || k >= at.count
                        ? 0.0f
                        : to_float(x[pixel * pooled.channels + at.channel + k]);
    }
    store_octet(y + at.offset, result, at.count, at.aligned);
  });
}

// Gradient for indices inside windows that do not overlap: the window's pixels are read as 16-byte
// loads and the right one is selected.
extern "C" __global__ void __launch_bounds__(256, 3)
    ENTRY(max_unpool2d_gradient_windows)(const Element* __restrict__ dy,
                                         const int* __restrict__ indices,
                                         Element* __restrict__ dx, Picture pooled, Picture output,
                                         Window window) {
  for_each_place(pooled, [&](const Place& at) {
    IntOctet place = load_ints(indices + at.offset, at.count, at.aligned);
    Octet result = octet_of(0.0f);
    for_each_tap(output, window, at, [&](int h, int w, int64 offset) {
      Octet gradient = load_octet(dy + offset, at.count, at.aligned);
#pragma unroll
      for (int k = 0; k < 8; k++) {
        result.v[k] = place.v[k] == h * output.width + w ? gradient.v[k] : result.v[k];
      }
    });
    store_octet(dx + at.offset, result, at.count, at.aligned);
  });
}

// Gradient for indices from anywhere, given the owners of places: a value that another replaced, or
// whose index is out of range, receives zero.
extern "C" __global__ void __launch_bounds__(256, 3)
    ENTRY(max_unpool2d_gradient)(const Element* __restrict__ dy, const int* __restrict__ indices,
                                 const int* __restrict__ owner, Element* __restrict__ dx,
                                 Picture pooled, Picture output) {
  int64 count = static_cast<int64>(pooled.batch) * pooled.height * pooled.width * pooled.channels;
  int64 pooled_plane = static_cast<int64>(pooled.height) * pooled.width;
  int plane = output.height * output.width;
  for (int64 i = thread_index(); i < count; i += thread_count()) {
    int place = indices[i];
    float gradient = 0.0f;
    if (place >= 0 && place < plane) {
      Split at = split(i, pooled.channels);
      Split pixel = split(at.quotient, pooled_plane);
      int64 target = (static_cast<int64>(pixel.quotient) * plane + place) * output.channels +
                     at.remainder;
      bool receives = owner[target] == static_cast<int>(pixel.remainder);
      gradient = receives ? to_float(dy[target]) : 0.0f;
    }
    assign(dx + i, gradient);
  }
}
