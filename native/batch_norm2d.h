// Batch normalisation over channels-last maps (op.BatchNorm2dOp): in training and its gradient, in two
// passes over memory each, one that sums and one that writes; in evaluation. A row is the channels of
// one pixel.
//
// What a ReLU lets through is kept as bits: a word for sixteen channels of a row.

// Calls body(kind, c) for sixteen channels each, then for what is left one by one; for none twice,
// since outputs may lie where inputs do.
template <typename Body>
inline void each_channel(int64_t channels, const Body& body) {
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) body(Sixteen{}, c);
  for (; c < channels; c++) body(One{}, c);
}

// Two sums of each channel over the rows of one thread. Some hundred rows are summed in f32, their
// sums in double.
class ChannelSums {
 public:
  static int64_t bytes(int64_t channels) {
    return (channels + 1) * static_cast<int64_t>(2 * sizeof(double) + 4 * sizeof(float));
  }

  ChannelSums(char* memory, int64_t channels, int64_t thread) : channels_(channels) {
    rows = reinterpret_cast<int64_t*>(memory + thread * bytes(channels));
    first = reinterpret_cast<double*>(rows + 1);
    second = first + channels;
    centre = reinterpret_cast<float*>(second + channels);
    some_first_ = centre + channels;
    some_second_ = some_first_ + channels;
  }

  // Sums numbers(kind, row, c), a pair, over the rows.
  template <typename Numbers>
  void sum(int64_t from, int64_t to, const Numbers& numbers) {
    constexpr int64_t some = 256;
    *rows = to - from;
    std::memset(first, 0, 2 * channels_ * sizeof(double));
    for (int64_t start = from; start < to; start += some) {
      std::memset(some_first_, 0, 2 * channels_ * sizeof(float));
      int64_t end = std::min(to, start + some);
      int64_t row = start;
      for (; row + 4 <= end; row += 4) add<4>(row, numbers);
      for (; row < end; row++) add<1>(row, numbers);
      for (int64_t c = 0; c < channels_; c++) {
        first[c] += some_first_[c];
        second[c] += some_second_[c];
      }
    }
  }

  int64_t* rows;
  double* first;
  double* second;
  float* centre;  // what the first sum's numbers were taken from

 private:
  template <int64_t Rows, typename Numbers>
  void add(int64_t row, const Numbers& numbers) {
    each_channel(channels_, [&](auto kind, int64_t c) {
      auto one = kind.load(some_first_ + c);
      auto other = kind.load(some_second_ + c);
#pragma GCC unroll 4
      for (int64_t r = 0; r < Rows; r++) {
        auto pair = numbers(kind, row + r, c);
        one += pair.first;
        other += pair.second;
      }
      kind.store(one, some_first_ + c);
      kind.store(other, some_second_ + c);
    });
  }

  int64_t channels_;
  float* some_first_;
  float* some_second_;
};

// Maps of one size, and the memory that all threads need.
class BatchNorm2d {
 public:
  static int64_t bytes(int64_t channels, int64_t threads) {
    return threads * ChannelSums::bytes(channels) + 2 * channels * int64_t{sizeof(float)};
  }

  BatchNorm2d(int64_t rows, int64_t channels, char* scratch)
      : rows_(rows),
        channels_(channels),
        words_((channels + lanes - 1) / lanes),
        threads_(omp_get_max_threads()),
        scratch_(scratch),
        one_(reinterpret_cast<float*>(scratch + threads_ * ChannelSums::bytes(channels))),
        other_(one_ + channels) {}

  // Mean and biased variance. Numbers are taken from the mean of some rows, which loses no more than
  // two passes do: where these rows are far off, the variance is as large.
  template <typename Element>
  void measure(const Element* x, float* mean, float* variance) const {
    sum([&](ChannelSums& sums, int64_t from, int64_t to) {
      find_centre(x, from, std::min(to, from + lanes), sums.centre);
      sums.sum(from, to, [&](auto kind, int64_t row, int64_t c) {
        auto deviation = kind.load(x + row * channels_ + c) - kind.load(sums.centre + c);
        return std::pair(deviation, deviation * deviation);
      });
    });
    for (int64_t c = 0; c < channels_; c++) {
      double rows = 0, all = 0, squares = 0;
      for (int64_t thread = 0; thread < threads_; thread++) {
        ChannelSums sums(scratch_, channels_, thread);
        if (*sums.rows == 0) continue;
        double own = *sums.rows;
        double from_centre = sums.first[c] / own;
        double away = sums.centre[c] + from_centre - all;
        squares += sums.second[c] - sums.first[c] * from_centre;
        squares += away * away * rows * own / (rows + own);
        all += away * own / (rows + own);
        rows += own;
      }
      mean[c] = static_cast<float>(all);
      variance[c] = static_cast<float>(squares > 0 || squares != squares ? squares / rows : 0);
    }
  }

  // y = (x − µ)·γ/√(σ² + ε) + β + residual, then a ReLU; no residual and no mask at address 0.
  template <typename Element>
  void normalise(float epsilon, const Element* x, const float* mean, const float* variance,
                 const float* scale, const float* shift, const Element* residual, bool relu,
                 uint16_t* mask, Element* y) const {
    float* factor = one_;
    for (int64_t c = 0; c < channels_; c++) factor[c] = scale[c] / std::sqrt(variance[c] + epsilon);
    each_row([&](auto kind, int64_t row, int64_t c) {
      int64_t at = row * channels_ + c;
      auto number = (kind.load(x + at) - kind.load(mean + c)) * kind.load(factor + c) +
                    kind.load(shift + c);
      if (residual != nullptr) number += kind.load(residual + at);
      if (mask != nullptr) kind.mark_positive(number, mask_word(mask, row, c), c % lanes);
      if (relu) number = kind.relu(number);
      kind.store(number, y + at);
    });
  }

  // dγ and dβ, and with an address for it dy behind the ReLU.
  template <typename Element>
  void sum_gradient(float epsilon, const Element* dy, const Element* x, const float* mean,
                    const float* variance, const uint16_t* mask, Element* through, float* dscale,
                    float* dshift) const {
    sum([&](ChannelSums& sums, int64_t from, int64_t to) {
      sums.sum(from, to, [&](auto kind, int64_t row, int64_t c) {
        int64_t at = row * channels_ + c;
        auto upstream = masked(kind, kind.load(dy + at), mask, row, c);
        if (through != nullptr) kind.store(upstream, through + at);
        return std::pair(upstream, upstream * (kind.load(x + at) - kind.load(mean + c)));
      });
    });
    for (int64_t c = 0; c < channels_; c++) {
      double shift = 0, scale = 0;
      for (int64_t thread = 0; thread < threads_; thread++) {
        ChannelSums sums(scratch_, channels_, thread);
        if (*sums.rows == 0) continue;
        shift += sums.first[c];
        scale += sums.second[c];
      }
      dshift[c] = static_cast<float>(shift);
      dscale[c] = static_cast<float>(scale / std::sqrt(variance[c] + double{epsilon}));
    }
  }

  // dx = γ/√(σ² + ε)·(dy − dβ/M − (x − µ)/√(σ² + ε)·dγ/M), for which no mask is at address 0.
  template <typename Element>
  void write_gradient(float epsilon, const Element* dy, const Element* x, const float* scale,
                      const float* mean, const float* variance, const uint16_t* mask,
                      const float* dscale, const float* dshift, Element* dx) const {
    float* of_x = one_;
    float* of_dy = other_;
    float each = 1.f / static_cast<float>(rows_);
    for (int64_t c = 0; c < channels_; c++) {
      float deviation = 1 / std::sqrt(variance[c] + epsilon);
      of_dy[c] = scale[c] * deviation;
      of_x[c] = dscale[c] * each * deviation;
    }
    each_row([&](auto kind, int64_t row, int64_t c) {
      int64_t at = row * channels_ + c;
      auto upstream = masked(kind, kind.load(dy + at), mask, row, c);
      auto share = (kind.load(x + at) - kind.load(mean + c)) * kind.load(of_x + c) +
                   kind.load(dshift + c) * each;
      kind.store((upstream - share) * kind.load(of_dy + c), dx + at);
    });
  }

 private:
  // Calls body(sums, from, to) for the rows of each thread.
  template <typename Body>
  void sum(const Body& body) const {
    for (int64_t thread = 0; thread < threads_; thread++) {
      *ChannelSums(scratch_, channels_, thread).rows = 0;
    }
    parallel(rows_, channels_ * 4, [&](int64_t from, int64_t to) {
      ChannelSums sums(scratch_, channels_, omp_get_thread_num());
      body(sums, from, to);
    });
  }

  // Calls body(kind, row, c) for everything.
  template <typename Body>
  void each_row(const Body& body) const {
    parallel(rows_, channels_ * 4, [&](int64_t from, int64_t to) {
      for (int64_t row = from; row < to; row++) {
        each_channel(channels_, [&](auto kind, int64_t c) { body(kind, row, c); });
      }
    });
  }

  template <typename Element>
  void find_centre(const Element* x, int64_t from, int64_t to, float* centre) const {
    float each = 1.f / static_cast<float>(to - from);
    each_channel(channels_, [&](auto kind, int64_t c) {
      auto sum = kind.load(x + from * channels_ + c);
      for (int64_t row = from + 1; row < to; row++) sum += kind.load(x + row * channels_ + c);
      kind.store(sum * each, centre + c);
    });
  }

  template <typename Kind, typename Number>
  Number masked(Kind kind, Number number, const uint16_t* mask, int64_t row, int64_t c) const {
    return mask == nullptr ? number : kind.keep(number, mask_word(mask, row, c), c % lanes);
  }

  template <typename Word>
  Word* mask_word(Word* mask, int64_t row, int64_t c) const {
    return mask + row * words_ + c / lanes;
  }

  int64_t rows_, channels_, words_, threads_;
  char* scratch_;
  float *one_, *other_;  // coefficients of each channel
};

inline int64_t batch_norm2d_bytes(int64_t channels) {
  return BatchNorm2d::bytes(channels, omp_get_max_threads());
}

inline void batch_norm2d(int element_bytes, int64_t rows, int64_t channels, float epsilon,
                         const void* x, const float* scale, const float* shift,
                         const void* residual, void* y, float* mean, float* variance,
                         uint16_t* mask, char* scratch) {
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    BatchNorm2d map(rows, channels, scratch);
    auto* from = static_cast<const Element*>(x);
    map.measure(from, mean, variance);
    map.normalise(epsilon, from, mean, variance, scale, shift,
                  static_cast<const Element*>(residual), mask != nullptr, mask,
                  static_cast<Element*>(y));
  });
}

inline void batch_norm2d_inference(int element_bytes, int64_t rows, int64_t channels,
                                   float epsilon, const void* x, const float* scale,
                                   const float* shift, const float* mean, const float* variance,
                                   bool relu, void* y, char* scratch) {
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    const Element* none = nullptr;
    BatchNorm2d(rows, channels, scratch)
        .normalise(epsilon, static_cast<const Element*>(x), mean, variance, scale, shift, none,
                   relu, nullptr, static_cast<Element*>(y));
  });
}

inline void batch_norm2d_gradient(int element_bytes, int64_t rows, int64_t channels, float epsilon,
                                  const void* dy, const void* x, const float* scale,
                                  const float* mean, const float* variance, const uint16_t* mask,
                                  void* through, void* dx, float* dscale, float* dshift,
                                  char* scratch) {
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    BatchNorm2d map(rows, channels, scratch);
    auto* upstream = static_cast<const Element*>(dy);
    auto* from = static_cast<const Element*>(x);
    auto* behind = static_cast<Element*>(through);
    map.sum_gradient(epsilon, upstream, from, mean, variance, mask, behind, dscale, dshift);
    if (behind != nullptr) {
      upstream = behind;
      mask = nullptr;
    }
    map.write_gradient(epsilon, upstream, from, scale, mean, variance, mask, dscale, dshift,
                       static_cast<Element*>(dx));
  });
}
