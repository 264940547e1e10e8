// Sums of products of bf16 by the tiles of AMX: sixteen rows of 64 bytes, multiplied as matrices of
// pairs. What pair_products.h does with vectors.

constexpr int64_t tile_filters = 32;  // two tiles of sixteen
constexpr int64_t tile_vectors = 2;   //
constexpr int64_t pair_group = 16;    // pairs that are multiplied at once

// Every tile is full.
inline void begin_products() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } configuration;
  _tile_loadconfig(&configuration);
}

inline void end_products() { _tile_release(); }

// Rows become columns.
inline void transpose(__m512i (&rows)[16]) {
  __m512i half[16];
#pragma GCC unroll 8
  for (int i = 0; i < 16; i += 2) {
    half[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    half[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
#pragma GCC unroll 2
    for (int j = 0; j < 2; j++) {
      rows[i + 2 * j] = _mm512_unpacklo_epi64(half[i + j], half[i + 2 + j]);
      rows[i + 2 * j + 1] = _mm512_unpackhi_epi64(half[i + j], half[i + 2 + j]);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < 16; i += 8) {
#pragma GCC unroll 4
    for (int j = 0; j < 4; j++) {
      half[i + j] = _mm512_shuffle_i32x4(rows[i + j], rows[i + 4 + j], 0x88);
      half[i + 4 + j] = _mm512_shuffle_i32x4(rows[i + j], rows[i + 4 + j], 0xdd);
    }
  }
#pragma GCC unroll 8
  for (int j = 0; j < 8; j++) {
    rows[j] = _mm512_shuffle_i32x4(half[j], half[8 + j], 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(half[j], half[8 + j], 0xdd);
  }
}

inline void store_pairs(__m512i (&pairs)[pair_group], int32_t* to) {
  transpose(pairs);
#pragma GCC unroll 16
  for (int i = 0; i < pair_group; i++) _mm512_storeu_si512(to + i * lanes, pairs[i]);
}

inline const int32_t* filters_of_tile(const int32_t* blocks, int64_t stride, int64_t tile) {
  return blocks + 2 * tile * stride;
}

inline void add_products(const int32_t* dy, int64_t stride, const int32_t* x, int64_t vectors,
                         int64_t pairs, float* sums, int64_t row, bool first) {
  const int32_t* more_dy = dy + stride;
  float* more_sums = sums + 16 * row;
  int64_t step = row * int64_t{sizeof(float)};
  bool two = vectors == 2;
  if (first) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  } else {
    _tile_loadd(0, sums, step);
    _tile_loadd(1, more_sums, step);
    if (two) {
      _tile_loadd(2, sums + lanes, step);
      _tile_loadd(3, more_sums + lanes, step);
    }
  }
  for (int64_t pair = 0; pair < pairs; pair += pair_group) {
    const int32_t* from = x + pair * vectors * lanes;
    int64_t x_step = vectors * 64;
    _tile_loadd(4, dy + pair * lanes, 64);
    _tile_loadd(5, more_dy + pair * lanes, 64);
    _tile_loadd(6, from, x_step);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 5, 6);
    if (two) {
      _tile_loadd(7, from + lanes, x_step);
      _tile_dpbf16ps(2, 4, 7);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, sums, step);
  _tile_stored(1, more_sums, step);
  if (two) {
    _tile_stored(2, sums + lanes, step);
    _tile_stored(3, more_sums + lanes, step);
  }
}
