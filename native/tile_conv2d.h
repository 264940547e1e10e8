// Convolutions in bf16 over small channels-last maps by the tiles of AMX, and their input gradients:
//   y[n][p][k] = finish(sum over taps t of sum over channels c of x[n][source(p, t)][c] · w[k][c][t]).
// A table says which pixel of x each tap finds for each pixel p of y, or none (−1), in a row that
// begins with p; forward and gradient differ in the table and in the order of the weights alone.
//
// The sixteen rows of a tile are sixteen pictures, so that maps of 7×7 fill tiles as well as others,
// and what lies in the padding is not multiplied.

struct TileConv2d {
  int64_t pictures, source_pixels, channels, pixels, filters, taps;

  static TileConv2d at(const int64_t* g) { return {g[0], g[1], g[2], g[3], g[4], g[5]}; }
  int64_t row_of_table() const { return 1 + taps; }
  int64_t channel_steps() const { return channels / 32; }
  // From one block of sixteen filters to the next, in elements.
  int64_t block_of_weights() const { return taps * channel_steps() * 512; }
};

// Numbers that lie `step` apart.
inline __m512 sixteen_floats(const float* from, int64_t step, __m512i places) {
  return step == 1 ? _mm512_loadu_ps(from) : _mm512_i32gather_ps(places, from, 4);
}

inline __m512i multiples(int64_t step) {
  __m512i places = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm512_mullo_epi32(places, _mm512_set1_epi32(static_cast<int>(step)));
}

// One tile: pairs of channels by sixteen filters.
inline void pack_tile(const float* w, int64_t filter_step, int64_t channel_step, uint16_t* to) {
  __m512i pairs[16];
  if (filter_step < channel_step) {
    __m512i places = multiples(filter_step);
    for (int64_t r = 0; r < 16; r++) {
      const float* even = w + 2 * r * channel_step;
      __m512bh both = _mm512_cvtne2ps_pbh(
          sixteen_floats(even + channel_step, filter_step, places),
          sixteen_floats(even, filter_step, places));
      __m256i low = _mm512_castsi512_si256((__m512i)both);
      __m256i high = _mm512_extracti64x4_epi64((__m512i)both, 1);
      pairs[r] = _mm512_or_si512(_mm512_cvtepu16_epi32(low),
                                 _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
    }
  } else {
    __m512i places = multiples(channel_step);
    for (int64_t k = 0; k < 16; k++) {
      const float* filter = w + k * filter_step;
      pairs[k] = (__m512i)_mm512_cvtne2ps_pbh(
          sixteen_floats(filter + 16 * channel_step, channel_step, places),
          sixteen_floats(filter, channel_step, places));
    }
    transpose(pairs);
  }
  for (int64_t r = 0; r < 16; r++) _mm512_storeu_si512(to + 32 * r, pairs[r]);
}

// Weights into the order of tiles: blocks of sixteen filters, taps, steps of thirty-two channels.
inline void tile_conv2d_weights(const TileConv2d& g, const float* w, int64_t filter_step,
                                int64_t channel_step, uint16_t* to) {
  int64_t blocks = g.filters / 16 * g.taps;
#pragma omp parallel for
  for (int64_t block = 0; block < blocks; block++) {
    const float* from = w + block / g.taps * 16 * filter_step + block % g.taps;
    for (int64_t c = 0; c < g.channel_steps(); c++) {
      pack_tile(from + c * 32 * channel_step, filter_step, channel_step,
                to + (block * g.channel_steps() + c) * 512);
    }
  }
}

// What follows the sums of a pixel.
struct TileFinish {
  const float* bias;  // if any
  bool residual;      // which y holds beforehand
  bool relu;

  void write(const float* sums, int64_t filter, uint16_t* y) const {
    __m512 low = _mm512_loadu_ps(sums), high = _mm512_loadu_ps(sums + 256);
    if (bias != nullptr) {
      low = _mm512_add_ps(low, _mm512_loadu_ps(bias + filter));
      high = _mm512_add_ps(high, _mm512_loadu_ps(bias + filter + 16));
    }
    if (residual) {
      low = _mm512_add_ps(low, widened(y));
      high = _mm512_add_ps(high, widened(y + 16));
    }
    if (relu) {
      low = _mm512_max_ps(_mm512_setzero_ps(), low);
      high = _mm512_max_ps(_mm512_setzero_ps(), high);
    }
    _mm512_storeu_si512(y, (__m512i)_mm512_cvtne2ps_pbh(high, low));
  }

  static __m512 widened(const uint16_t* narrow) {
    __m256i sixteen = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(narrow));
    return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(sixteen), 16);
  }
};

// Sums over taps and steps of thirty-two channels for two tiles of pixels, of which there may be one
// alone, and thirty-two filters: tiles 0 and 1 of the first pixels, 2 and 3 of the others.
//
// source(i, tap) is where the i-th pixels' rows begin, row_bytes apart; no address in the padding.
template <typename Source>
inline void sum_tiles(int64_t taps, int64_t steps, int64_t row_bytes, const Source& source,
                      const uint16_t* weights, float* sums) {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t tap = 0; tap < taps; tap++) {
    const uint16_t* a = source(0, tap);
    const uint16_t* b = source(1, tap);
    const uint16_t* w = weights + tap * steps * 512;
    const uint16_t* more = w + taps * steps * 512;
    if (a != nullptr && b != nullptr) {
      for (int64_t c = 0; c < steps; c++) {
        _tile_loadd(4, a + c * 32, row_bytes);
        _tile_loadd(6, w + c * 512, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, b + c * 32, row_bytes);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, more + c * 512, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
      }
    } else if (a != nullptr) {
      for (int64_t c = 0; c < steps; c++) {
        _tile_loadd(4, a + c * 32, row_bytes);
        _tile_loadd(6, w + c * 512, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, more + c * 512, 64);
        _tile_dpbf16ps(1, 4, 7);
      }
    } else if (b != nullptr) {
      for (int64_t c = 0; c < steps; c++) {
        _tile_loadd(5, b + c * 32, row_bytes);
        _tile_loadd(6, w + c * 512, 64);
        _tile_dpbf16ps(2, 5, 6);
        _tile_loadd(7, more + c * 512, 64);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  _tile_stored(0, sums, 64);
  _tile_stored(1, sums + 256, 64);
  _tile_stored(2, sums + 512, 64);
  _tile_stored(3, sums + 768, 64);
}

// Two pixels at a time for thirty-two filters and sixteen pictures.
class TileConv2dPart {
 public:
  TileConv2dPart(const TileConv2d& g, const int32_t* table, const uint16_t* x,
                 const uint16_t* weights, const TileFinish& finish, uint16_t* y)
      : g_(g), table_(table), x_(x), weights_(weights), finish_(finish), y_(y) {}

  // The pixels of one row of the table and the next.
  void run(int64_t picture, int64_t filter, int64_t row) {
    int64_t count = std::min(g_.pixels - row, int64_t{2});
    const int32_t* rows = table_ + row * g_.row_of_table();
    const uint16_t* x = x_ + picture * g_.source_pixels * g_.channels;
    auto source = [&](int64_t i, int64_t tap) {
      int64_t pixel = i < count ? rows[i * g_.row_of_table() + 1 + tap] : -1;
      return pixel < 0 ? nullptr : x + pixel * g_.channels;
    };
    sum_tiles(g_.taps, g_.channel_steps(), g_.source_pixels * g_.channels * 2, source,
              weights_ + filter / 16 * g_.block_of_weights(), sums_);
    for (int64_t i = 0; i < count; i++) {
      int64_t pixel = rows[i * g_.row_of_table()];
      for (int64_t n = 0; n < 16; n++) {
        int64_t at = (picture + n) * g_.pixels + pixel;
        finish_.write(sums_ + 512 * i + 16 * n, filter, y_ + at * g_.filters + filter);
      }
    }
  }

 private:
  alignas(64) float sums_[4 * 256];
  const TileConv2d& g_;
  const int32_t* table_;
  const uint16_t* x_;
  const uint16_t* weights_;
  const TileFinish& finish_;
  uint16_t* y_;
};

// Pictures come in sixteens, channels and filters in thirty-twos.
//
// Threads share out the filters. With one tap the pixels of x stay in the nearest cache while all
// filters pass by; with several the weights are read more often than they and stay instead.
inline void tile_conv2d(const TileConv2d& g, const int32_t* table, const uint16_t* x,
                        const uint16_t* weights, const TileFinish& finish, uint16_t* y) {
#pragma omp parallel
  {
    begin_products();
    TileConv2dPart part(g, table, x, weights, finish, y);
    int64_t threads = omp_get_num_threads(), thread = omp_get_thread_num();
    int64_t from = g.filters / 32 * thread / threads * 32;
    int64_t to = g.filters / 32 * (thread + 1) / threads * 32;
    for (int64_t picture = 0; picture < g.pictures; picture += 16) {
      if (g.taps == 1) {
        for (int64_t row = 0; row < g.pixels; row += 2) {
          for (int64_t k = from; k < to; k += 32) part.run(picture, k, row);
        }
      } else {
        for (int64_t k = from; k < to; k += 32) {
          for (int64_t row = 0; row < g.pixels; row += 2) part.run(picture, k, row);
        }
      }
    }
    end_products();
  }
}
