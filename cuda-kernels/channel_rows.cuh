// Pictures N×H×W×C read as N·H·W rows of C channels, and masks of ReLUs beside them.
//
// Blocks are (lanes, rows): lane x keeps eight channels, so the channels' factors stay in registers
// and a warp reads whole 128-byte lines.
#pragma once
#include "elements.cuh"

enum MaskKind { NO_MASK = 0, MASK_BITS = 1, MASK_BYTES = 2 };

const int MAX_THREADS = 256;

// The channels that a thread works on.
struct Lane {
  int channels;
  int octet;
  int octets;
  int channel;
  int count;
  bool aligned;
};

__device__ __forceinline__ Lane lane_of(int channels) {
  Lane lane;
  lane.channels = channels;
  lane.octet = blockIdx.x * blockDim.x + threadIdx.x;
  lane.octets = ceil_divide(channels, 8);
  lane.channel = lane.octet * 8;
  lane.count = larger(0, smaller(8, channels - lane.channel));
  lane.aligned = channels % 8 == 0;
  return lane;
}

__device__ __forceinline__ Octet load_row(const Element* source, int64 row, const Lane& lane) {
  return load_octet(source + row * lane.channels + lane.channel, lane.count, lane.aligned);
}

template <bool WHOLE>
__device__ __forceinline__ void begin_row(Pending<WHOLE>& pending, const Element* source,
                                          int64 row, const Lane& lane) {
  pending.begin(source + row * lane.channels + lane.channel, lane.count);
}

__device__ __forceinline__ void store_row(Element* target, int64 row, const Lane& lane,
                                          const Octet& values) {
  store_octet(target + row * lane.channels + lane.channel, values, lane.count, lane.aligned);
}

__device__ __forceinline__ Octet load_floats(const float* source, const Lane& lane) {
  return load_octet(source + lane.channel, lane.count, lane.aligned);
}

__device__ __forceinline__ Octet load_parameters(const void* source, int wide, const Lane& lane) {
  if (wide) {
    return load_floats(static_cast<const float*>(source), lane);
  }
  Octet values;
#pragma unroll
  for (int k = 0; k < 8; k++) {
    values.v[k] = k < lane.count ? load_parameter(source, lane.channel + k, wide) : 0.0f;
  }
  return values;
}

// Bit k tells whether the ReLU let channel k through. MASK_BITS: one byte an octet, ⌈C/8⌉ a row.
__device__ __forceinline__ uint32 load_mask(const uint8* mask, int kind, int64 row,
                                            const Lane& lane) {
  if (kind == NO_MASK) {
    return 0xff;
  }
  if (kind == MASK_BITS) {
    return mask[row * lane.octets + lane.octet];
  }
  uint32 bits = 0;
  for (int k = 0; k < lane.count; k++) {
    bits |= (mask[row * lane.channels + lane.channel + k] != 0 ? 1u : 0u) << k;
  }
  return bits;
}

__device__ __forceinline__ void store_mask(uint8* mask, int kind, int64 row, const Lane& lane,
                                           uint32 bits) {
  if (kind == MASK_BITS) {
    mask[row * lane.octets + lane.octet] = static_cast<uint8>(bits);
  } else if (kind == MASK_BYTES) {
    for (int k = 0; k < lane.count; k++) {
      mask[row * lane.channels + lane.channel + k] = bits >> k & 1;
    }
  }
}

// Rows of this block's part that this thread reads: first, first + blockDim.y, … below the end.
struct Rows {
  int64 first;
  int64 end;
};

// A row that can be read in the place of one behind the end.
__device__ __forceinline__ int64 row_or_last(int64 row, int64 end) {
  return row < end ? row : end - 1;
}

__device__ __forceinline__ Rows rows_of_part(int64 rows, int64 part_rows) {
  Rows mine;
  int64 start = static_cast<int64>(blockIdx.y) * part_rows;
  mine.first = start + threadIdx.y;
  mine.end = start + part_rows < rows ? start + part_rows : rows;
  return mine;
}
