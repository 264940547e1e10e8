// Blocks of rows: joining along an axis (ConcatOp, a launch an input), a part along an axis (SliceOp)
// and its gradient. What lies outside the axis are rows, what lies inside it is contiguous; with
// channels last a range of channels is a block of every pixel.
#include "elements.cuh"

// Unit of a copy: 16 bytes where offsets and widths allow, else one element.
template <typename T>
__device__ __forceinline__ void copy_units(const T* source, T* target, int64 rows, int64 width,
                                           int64 source_pitch, int64 target_pitch) {
  for (int64 i = thread_index(); i < rows * width; i += thread_count()) {
    Split at = split(i, width);
    target[at.quotient * target_pitch + at.remainder] =
        source[at.quotient * source_pitch + at.remainder];
  }
}

// `width` elements of each row; the rows of source and target lie `…_pitch` elements apart. With
// `aligned` widths, pitches and both addresses are multiples of 16 bytes.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(copy_block)(const Element* source, Element* target, int64 rows, int64 width,
                      int64 source_offset, int64 source_pitch, int64 target_offset,
                      int64 target_pitch, int aligned) {
  const int64 UNIT = 16 / sizeof(Element);
  source += source_offset;
  target += target_offset;
  if (aligned) {
    copy_units(reinterpret_cast<const uint4*>(source), reinterpret_cast<uint4*>(target), rows,
               width / UNIT, source_pitch / UNIT, target_pitch / UNIT);
  } else {
    copy_units(source, target, rows, width, source_pitch, target_pitch);
  }
}

// The target's rows of `pitch` elements: the source from `offset` on, zeros elsewhere; one pass.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(embed_block)(const Element* __restrict__ source, Element* __restrict__ target,
                       int64 rows, int64 width, int64 offset, int64 pitch, int aligned) {
  int64 units = (pitch + 7) / 8;
  for (int64 t = thread_index(); t < rows * units; t += thread_count()) {
    Split at = split(t, units);
    int64 row = at.quotient;
    int64 column = static_cast<int64>(at.remainder) * 8;
    int64 left = pitch - column;
    int count = left < 8 ? static_cast<int>(left) : 8;
    int64 inside = column - offset;
    Octet values = octet_of(0.0f);
    if (aligned) {
      if (inside >= 0 && inside < width) {
        values = load_octet(source + row * width + inside, 8, true);
      }
    } else {
      for (int k = 0; k < count; k++) {
        bool here = inside + k >= 0 && inside + k < width;
        values.v[k] = here ? to_float(source[row * width + inside + k]) : 0.0f;
      }
    }
    store_octet(target + row * pitch + column, values, count, aligned != 0);
  }
}
