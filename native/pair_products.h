// Sums of products of bf16, two at a time: VDPBF16PS multiplies and adds pairs.

constexpr int64_t tile_filters = 8;  // times at most
constexpr int64_t tile_vectors = 3;  // vectors of sums stay in registers
constexpr int64_t pair_group = 1;    // pairs that are multiplied at once

inline void begin_products() {}
inline void end_products() {}

// Pairs of sixteen filters, in the order in which add_products reads them.
inline void store_pairs(const __m512i (&pairs)[pair_group], int32_t* to) {
  _mm512_storeu_si512(to, pairs[0]);
}

// Where a tile's filters begin in blocks of sixteen.
inline const int32_t* filters_of_tile(const int32_t* blocks, int64_t stride, int64_t tile) {
  return blocks + tile / 2 * stride + tile % 2 * tile_filters;
}

// Sums of one tile: dy[k] · x[c] over the pairs of a chunk, for eight filters and some vectors of
// channels, added to what earlier chunks gave.
template <int Vectors>
__attribute__((noinline)) void add_tile(const int32_t* dy, const int32_t* x, int64_t pairs,
                                        float* sums, int64_t row, bool first) {
  __m512 tile[tile_filters][Vectors];
#pragma GCC unroll 8
  for (int k = 0; k < tile_filters; k++) {
#pragma GCC unroll 3
    for (int v = 0; v < Vectors; v++) {
      tile[k][v] = _mm512_setzero_ps();
      if (!first) __builtin_prefetch(sums + k * row + v * lanes, 1);
    }
  }
  for (int64_t pair = 0; pair < pairs; pair++) {
    __m512bh channels[Vectors];
#pragma GCC unroll 3
    for (int v = 0; v < Vectors; v++) {
      channels[v] = (__m512bh)_mm512_loadu_si512(x + v * lanes);
    }
#pragma GCC unroll 8
    for (int k = 0; k < tile_filters; k++) {
      __m512bh filter = (__m512bh)_mm512_set1_epi32(dy[k]);
#pragma GCC unroll 3
      for (int v = 0; v < Vectors; v++) {
        tile[k][v] = _mm512_dpbf16_ps(tile[k][v], filter, channels[v]);
      }
    }
    x += Vectors * lanes;
    dy += lanes;
  }
#pragma GCC unroll 8
  for (int k = 0; k < tile_filters; k++) {
#pragma GCC unroll 3
    for (int v = 0; v < Vectors; v++) {
      float* sum = sums + k * row + v * lanes;
      __m512 before = first ? _mm512_setzero_ps() : _mm512_loadu_ps(sum);
      _mm512_storeu_ps(sum, _mm512_add_ps(before, tile[k][v]));
    }
  }
}

inline void add_products(const int32_t* dy, int64_t, const int32_t* x, int64_t vectors,
                         int64_t pairs, float* sums, int64_t row, bool first) {
  auto* add = vectors == 1 ? add_tile<1> : vectors == 2 ? add_tile<2> : add_tile<3>;
  add(dy, x, pairs, sums, row, first);
}
