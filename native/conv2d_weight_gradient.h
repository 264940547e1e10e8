// The weight gradient of a convolution with one group, in bf16 over channels-last maps:
//   dw[k][c][u][v] = sum over pictures n and pixels (i, j) of dy[n][i][j][k] ·
//       x[n][i·stride − top + u·dilation][j·stride − left + v·dilation][c].
//
// It is a matrix product that sums over positions (n, i, j), two at a time, as the instructions for
// bf16 do (pair_products.h, tile_products.h). Positions are taken in chunks; for each chunk dy is
// copied once, and x once for each tap (u, v), into the order in which the innermost loop reads them:
// pairs of positions side by side. Threads share out filters and channels, never positions: no sum is
// split, and results do not depend on the number of threads.

struct WeightGradient {
  int64_t pictures, height, width, channels;  // of x
  int64_t out_height, out_width, filters;     // of dy
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t dilation_height, dilation_width, top, left;

  int64_t taps() const { return kernel_height * kernel_width; }
  int64_t positions() const { return pictures * out_height * out_width; }
  // Whether tiles of sums lie as the weights do.
  bool sums_are_weights() const {
    return taps() == 1 && channels % lanes == 0 && filters % tile_filters == 0;
  }
};

constexpr int64_t most_pairs = 512;       // of positions in a chunk
constexpr int64_t most_pairs_wide = 256;  // where they come with many filters
constexpr int64_t prefetched = 16;        // positions ahead

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

// How many threads share out the channels, and how many the filters.
struct ThreadGrid {
  int64_t over_channels, over_filters;

  // The grid whose slowest thread ends first, in units of one multiplication of a pair of vectors.
  static ThreadGrid of(const WeightGradient& g, int64_t threads) {
    int64_t vectors = divide_up(g.channels, lanes);
    int64_t groups = divide_up(g.filters, tile_filters);
    ThreadGrid best{1, 1};
    int64_t least = INT64_MAX;
    for (int64_t c = 1; c <= threads; c++) {
      int64_t v = divide_up(vectors, c);
      int64_t k = divide_up(groups, threads / c);
      int64_t cost = g.taps() * v * (tile_filters * k + copying) + k * copying / 2;
      if (cost < least) {
        least = cost;
        best = {c, threads / c};
      }
    }
    return best;
  }

  static constexpr int64_t copying = 8;  // of a vector of x into pairs
};

// Sixteen elements of one position and as many of the next, pair by pair; those past the end are 0.
inline __m512i paired(const uint16_t* even, const uint16_t* odd, int64_t left) {
  __m256i a, b;
  if (left >= lanes) {  // A masked load takes ten times as long.
    a = _mm256_loadu_si256((const __m256i*)even);
    b = _mm256_loadu_si256((const __m256i*)odd);
  } else {
    __mmask16 some = static_cast<__mmask16>((1 << left) - 1);
    a = _mm256_maskz_loadu_epi16(some, even);
    b = _mm256_maskz_loadu_epi16(some, odd);
  }
  return _mm512_or_si512(_mm512_cvtepu16_epi32(a),
                         _mm512_slli_epi32(_mm512_cvtepu16_epi32(b), 16));
}

// What one thread computes, and the memory that it has for it.
class WeightGradientPart {
 public:
  WeightGradientPart(const WeightGradient& g, const uint16_t* x, const uint16_t* dy, float* sums,
                     ThreadGrid grid, int64_t thread, char* memory)
      : g_(g), x_(x), dy_(dy), row_(divide_up(g.channels, lanes) * lanes) {
    int64_t vectors = divide_up(g.channels, lanes);
    int64_t groups = divide_up(g.filters, tile_filters);
    int64_t c = thread % grid.over_channels;
    int64_t k = thread / grid.over_channels;
    first_vector_ = vectors * c / grid.over_channels;
    vectors_ = vectors * (c + 1) / grid.over_channels - first_vector_;
    first_group_ = groups * k / grid.over_filters;
    groups_ = groups * (k + 1) / grid.over_filters - first_group_;
    first_channel_ = first_vector_ * lanes;
    channels_ = std::min(vectors_ * lanes, g.channels - first_channel_);
    first_filter_ = first_group_ * tile_filters;
    filters_ = std::min(groups_ * tile_filters, g.filters - first_filter_);
    blocks_ = divide_up(vectors_, tile_vectors);
    chunk_ = groups_ * tile_filters > 256 ? most_pairs_wide : most_pairs;
    sums_ = sums;
    zeros_ = reinterpret_cast<uint16_t*>(memory);
    sources_ = reinterpret_cast<const uint16_t**>(memory + zero_bytes(g));
    pairs_of_dy_ = reinterpret_cast<int32_t*>(sources_ + g.taps() * 2 * most_pairs);
    pairs_of_x_ = pairs_of_dy_ + divide_up(groups_ * tile_filters, lanes) * stride();
  }

  // Of memory that a thread needs at most.
  static int64_t bytes(const WeightGradient& g) {
    int64_t stride = most_pairs * lanes + lanes;
    int64_t copies = divide_up(g.filters, lanes) + divide_up(g.channels, lanes) + 2;
    return zero_bytes(g) + g.taps() * 2 * most_pairs * sizeof(void*) + copies * stride * 4;
  }

  void run(float* dw) {
    if (vectors_ == 0 || groups_ == 0) return;
    begin_products();
    std::memset(zeros_, 0, zero_bytes(g_));
    for (int64_t p = 0; p < g_.positions(); p += 2 * chunk_) {
      first_ = p == 0;
      begin_ = p;
      count_ = std::min(2 * chunk_, g_.positions() - p);
      pairs_ = divide_up(count_, 2 * pair_group) * pair_group;
      find_sources();
      pair_dy();
      if (g_.taps() == 1) pair_x(0, blocks_, 0);
      for (int64_t block = 0; block < blocks_; block++) {
        for (int64_t tap = 0; tap < g_.taps(); tap++) {
          if (g_.taps() > 1) pair_x(block, block + 1, tap);
          add(block, tap);
        }
        if (p + count_ == g_.positions() && sums_ != dw) write(block, dw);
      }
    }
    end_products();
  }

 private:
  static int64_t zero_bytes(const WeightGradient& g) {
    return divide_up(std::max(g.channels, g.filters) + 2 * lanes, 32) * 64;
  }

  // Ints from one block of the pairs to the next; not a power of two, or they would meet in a cache.
  int64_t stride() const { return chunk_ * lanes + lanes; }

  int64_t block_begin(int64_t block) const { return std::min(vectors_, block * tile_vectors); }

  // Where each tap finds the channels of each position: zeros in the padding and past the end.
  void find_sources() {
    int64_t pixels = g_.out_height * g_.out_width;
    for (int64_t tap = 0; tap < g_.taps(); tap++) {
      int64_t down = tap / g_.kernel_width * g_.dilation_height - g_.top;
      int64_t right = tap % g_.kernel_width * g_.dilation_width - g_.left;
      const uint16_t** source = sources_ + tap * 2 * most_pairs;
      int64_t n = begin_ / pixels;
      int64_t i = begin_ % pixels / g_.out_width;
      int64_t j = begin_ % g_.out_width;
      for (int64_t p = 0; p < count_; p++) {
        int64_t h = i * g_.stride_height + down;
        int64_t w = j * g_.stride_width + right;
        bool inside = h >= 0 && h < g_.height && w >= 0 && w < g_.width;
        source[p] = inside ? x_ + ((n * g_.height + h) * g_.width + w) * g_.channels + first_channel_
                           : zeros_;
        if (++j == g_.out_width) {
          j = 0;
          if (++i == g_.out_height) {
            i = 0;
            n++;
          }
        }
      }
      for (int64_t p = count_; p < 2 * pairs_; p++) source[p] = zeros_;
    }
  }

  // The filters of a position of the chunk: zeros past the end.
  const uint16_t* upstream(int64_t position) const {
    return position < count_ ? dy_ + (begin_ + position) * g_.filters + first_filter_ : zeros_;
  }

  void pair_dy() {
    for (int64_t pair = 0; pair < pairs_; pair += pair_group) {
      const uint16_t* positions[2 * pair_group];
      for (int64_t p = 0; p < 2 * pair_group; p++) positions[p] = upstream(2 * pair + p);
      int32_t* to = pairs_of_dy_ + pair * lanes;
      for (int64_t k = 0; k < filters_; k += lanes, to += stride()) {
        __m512i pairs[pair_group];
#pragma GCC unroll 16
        for (int64_t i = 0; i < pair_group; i++) {
          pairs[i] = paired(positions[2 * i] + k, positions[2 * i + 1] + k, filters_ - k);
        }
        store_pairs(pairs, to);
      }
    }
  }

  // Position by position, as memory is read fastest.
  void pair_x(int64_t from_block, int64_t to_block, int64_t tap) {
    const uint16_t** source = sources_ + tap * 2 * most_pairs;
    for (int64_t pair = 0; pair < pairs_; pair++) {
      const uint16_t* even = source[2 * pair];
      const uint16_t* odd = source[2 * pair + 1];
      const uint16_t** later = source + std::min(2 * pair + prefetched, 2 * pairs_ - 2);
      for (int64_t block = from_block; block < to_block; block++) {
        int64_t begin = block_begin(block), end = block_begin(block + 1);
        __builtin_prefetch(later[0] + begin * lanes);
        __builtin_prefetch(later[1] + begin * lanes);
        int32_t* to = pairs_of_x_ + begin * stride() + pair * (end - begin) * lanes;
        for (int64_t v = begin; v < end; v++, to += lanes) {
          _mm512_storeu_si512(to, paired(even + v * lanes, odd + v * lanes, channels_ - v * lanes));
        }
      }
    }
  }

  float* sums(int64_t tap, int64_t filter, int64_t vector) const {
    int64_t rows = divide_up(g_.filters, tile_filters) * tile_filters;
    return sums_ + (tap * rows + first_filter_ + filter) * row_ + (first_vector_ + vector) * lanes;
  }

  void add(int64_t block, int64_t tap) {
    int64_t vectors = block_begin(block + 1) - block_begin(block);
    const int32_t* x = pairs_of_x_ + block_begin(block) * stride();
    for (int64_t group = 0; group < groups_; group++) {
      float* to = sums(tap, group * tile_filters, block_begin(block));
      add_products(filters_of_tile(pairs_of_dy_, stride(), group), stride(), x, vectors, pairs_, to,
                   row_, first_);
    }
  }

  // Sums lie tap by tap, weights filter by filter.
  void write(int64_t block, float* dw) {
    int64_t from = block_begin(block) * lanes;
    int64_t to = std::min(block_begin(block + 1) * lanes, channels_);
    int64_t taps = g_.taps();
    int64_t rows = divide_up(g_.filters, tile_filters) * tile_filters;
    for (int64_t k = 0; k < filters_; k++) {
      const float* sum = sums(0, k, 0);
      float* weights = dw + ((first_filter_ + k) * g_.channels + first_channel_) * taps;
      for (int64_t c = from; c < to; c++) {
        for (int64_t tap = 0; tap < taps; tap++) weights[c * taps + tap] = sum[tap * rows * row_ + c];
      }
    }
  }

  const WeightGradient& g_;
  const uint16_t* x_;
  const uint16_t* dy_;
  float* sums_;
  int64_t row_;                       // floats from one filter's sums to the next
  int64_t first_vector_, vectors_;    // of all channels: this thread's
  int64_t first_channel_, channels_;  //
  int64_t first_group_, groups_;      // of as many filters as a tile has
  int64_t first_filter_, filters_;    //
  int64_t blocks_;                    // of vectors, as many as a tile has at most
  int64_t chunk_;                     // pairs at most
  uint16_t* zeros_;
  const uint16_t** sources_;  // by tap and position
  int32_t* pairs_of_dy_;      // by sixteen filters and pair
  int32_t* pairs_of_x_;       // by block and pair
  int64_t begin_, count_, pairs_;
  bool first_;
};

inline int64_t sum_bytes(const WeightGradient& g) {
  if (g.sums_are_weights()) return 0;
  return g.taps() * divide_up(g.filters, tile_filters) * tile_filters *
         divide_up(g.channels, lanes) * lanes * 4;
}

inline int64_t memory_bytes(const WeightGradient& g, int threads) {
  return sum_bytes(g) + threads * WeightGradientPart::bytes(g);
}

// memory has memory_bytes and begins at a multiple of 64.
inline void conv2d_weight_gradient(const WeightGradient& g, const uint16_t* x, const uint16_t* dy,
                                   float* dw, char* memory, int threads) {
  float* sums = g.sums_are_weights() ? dw : reinterpret_cast<float*>(memory);
  char* own = memory + sum_bytes(g);
#pragma omp parallel num_threads(threads)
  {
    ThreadGrid grid = ThreadGrid::of(g, omp_get_num_threads());
    int64_t thread = omp_get_thread_num();
    if (thread < grid.over_channels * grid.over_filters) {
      WeightGradientPart(g, x, dy, sums, grid, thread, own + thread * WeightGradientPart::bytes(g))
          .run(dw);
    }
  }
}
