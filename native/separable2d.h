// Linear maps along the rows and along the columns of pictures: padding, upsampling, average
// pooling and their gradients (op.AxisMap). Sums in f32, rounded once.

// A table of 32-bit words that the caller lays out: inputs, outputs, then for every output and one
// more where its summands begin, then the summands: an input and a weight in f32 each.
class AxisTaps {
 public:
  struct Tap {
    int32_t input;
    float weight;
  };

  explicit AxisTaps(const int32_t* table) : table_(table) {}

  int64_t inputs() const { return table_[0]; }
  int64_t outputs() const { return table_[1]; }
  int64_t count(int64_t output) const { return starts()[output + 1] - starts()[output]; }
  const Tap* taps(int64_t output) const {
    return reinterpret_cast<const Tap*>(starts() + outputs() + 1) + starts()[output];
  }

 private:
  const int32_t* starts() const { return table_ + 2; }
  const int32_t* table_;
};

// Elements as they are.
template <typename Element>
inline void copy_run(const Element* source, Element* target, int64_t length) {
  // memcpy pays for long runs alone.
  if (length * sizeof(Element) >= 1024) {
    std::memcpy(target, source, length * sizeof(Element));
  } else {
    each(length, [=](auto kind, int64_t i) { kind.store(kind.bits(source + i), target + i); });
  }
}

template <typename Element>
inline void zero_run(Element* target, int64_t length) {
  each(length, [=](auto kind, int64_t i) {
    kind.store(decltype(kind.bits(target)){}, target + i);
  });
}

// What makes an output: nothing, one input as it is, or so many summands.
enum : int64_t { nothing = 0, as_it_is = -1 };

inline int64_t make(const AxisTaps& map, int64_t output) {
  int64_t count = map.count(output);
  return count == 1 && map.taps(output)->weight == 1 ? as_it_is : count;
}

// Σ weight·source over vectors; those of inputs that follow each other lie `stride` elements apart.
template <int Count, typename From, typename To>
inline void weighted_sum(const AxisTaps::Tap* taps, const From* source, int64_t stride, To* target,
                         int64_t length) {
  // Copies, which what is written cannot change.
  float weights[Count];
  const From* sources[Count];
  for (int t = 0; t < Count; t++) {
    weights[t] = taps[t].weight;
    sources[t] = source + taps[t].input * stride;
  }
  each_wide(length, [=](auto kind, int64_t c) {
    auto sum = weights[0] * kind.load(sources[0] + c);
    for (int t = 1; t < Count; t++) sum += weights[t] * kind.load(sources[t] + c);
    kind.store(sum, target + c);
  });
}

template <typename From, typename To>
inline void weighted_sum_of_many(int64_t count, const AxisTaps::Tap* taps, const From* source,
                                 int64_t stride, To* target, int64_t length) {
  each_wide(length, [=](auto kind, int64_t c) {
    auto sum = taps[0].weight * kind.load(source + taps[0].input * stride + c);
    for (int64_t t = 1; t < count; t++) {
      sum += taps[t].weight * kind.load(source + taps[t].input * stride + c);
    }
    kind.store(sum, target + c);
  });
}

// The outputs from..to, each of so many summands, one vector of the target after another.
template <int Count, typename From, typename To>
inline void weighted_sums(const AxisTaps& map, Range outputs, const From* source, int64_t length,
                          To* target) {
  const AxisTaps::Tap* taps = map.taps(outputs.from);
  for (int64_t x = outputs.from; x < outputs.to; x++, taps += Count) {
    weighted_sum<Count>(taps, source, length, target + x * length, length);
  }
}

template <typename From, typename To>
void weighted_sums(const AxisTaps& map, Range outputs, const From* source, int64_t length,
                   To* target) {
  switch (map.count(outputs.from)) {
    case 0:
      return zero_run(target + outputs.from * length, (outputs.to - outputs.from) * length);
    case 1:
      return weighted_sums<1>(map, outputs, source, length, target);
    case 2:
      return weighted_sums<2>(map, outputs, source, length, target);
    case 3:
      return weighted_sums<3>(map, outputs, source, length, target);
    case 4:
      return weighted_sums<4>(map, outputs, source, length, target);
    default:
      for (int64_t x = outputs.from; x < outputs.to; x++) {
        weighted_sum_of_many(map.count(x), map.taps(x), source, length, target + x * length,
                             length);
      }
  }
}

// Outputs that are made alike, and of which those that are inputs as they are follow each other in
// the source too.
inline Range run(const AxisTaps& map, int64_t from) {
  int64_t made = make(map, from);
  int64_t to = from + 1;
  while (to < map.outputs() && make(map, to) == made &&
         (made != as_it_is || map.taps(to)->input == map.taps(to - 1)->input + 1)) {
    to++;
  }
  return {from, to};
}

// An output row from the sum of input rows, or from the one input row that it is, if not null.
template <typename Element>
void make_row(const AxisTaps& columns, const float* sums, const Element* only, int64_t channels,
              Element* target) {
  for (int64_t x = 0; x < columns.outputs();) {
    Range pixels = run(columns, x);
    if (only != nullptr && make(columns, x) == as_it_is) {
      copy_run(only + columns.taps(x)->input * channels, target + x * channels,
               (pixels.to - x) * channels);
    } else {
      weighted_sums(columns, pixels, sums, channels, target);
    }
    x = pixels.to;
  }
}

// A row as f32: itself, or converted into the scratch.
inline const float* as_floats(const float* row, int64_t, float*) { return row; }

inline const float* as_floats(const bf16* row, int64_t length, float* scratch) {
  each_wide(length, [=](auto kind, int64_t i) { kind.store(kind.load(row + i), scratch + i); });
  return scratch;
}

// Sums in f32, rounded once; elements that are only selected keep their bits.
template <typename Element>
void separable2d_of(const Element* source, Element* target, int64_t pictures, int64_t channels,
                    const AxisTaps& rows, const AxisTaps& columns, float* scratch) {
  int64_t read = columns.inputs() * channels;
  int64_t written = columns.outputs() * channels;
  bool selects = true;
  for (int64_t x = 0; x < columns.outputs(); x++) selects &= make(columns, x) <= nothing;
  int64_t bytes = (rows.inputs() * read / rows.outputs() + written) * sizeof(Element);
  parallel(pictures * rows.outputs(), bytes, [&](int64_t from, int64_t to) {
    float* sums = scratch + omp_get_thread_num() * read;
    for (int64_t row = from; row < to; row++) {
      const Element* picture = source + row / rows.outputs() * rows.inputs() * read;
      Element* own = target + row * written;
      int64_t output = row % rows.outputs();
      int64_t made = make(rows, output);
      if (made == nothing) {
        std::memset(own, 0, written * sizeof(Element));
      } else if (made != as_it_is) {
        weighted_sums(rows, {output, output + 1}, picture, read, sums - output * read);
        make_row<Element>(columns, sums, nullptr, channels, own);
      } else if (row > from && output > 0 && make(rows, output - 1) == as_it_is &&
                 rows.taps(output)->input == rows.taps(output - 1)->input) {
        std::memcpy(own, own - written, written * sizeof(Element));
      } else {
        const Element* only = picture + rows.taps(output)->input * read;
        make_row(columns, selects ? nullptr : as_floats(only, read, sums), only, channels, own);
      }
    }
  });
}

// The scratch has room for a row of f32 of the source for every thread.
inline void separable2d(int element_bytes, const void* source, void* target, int64_t pictures,
                        int64_t channels, const int32_t* rows, const int32_t* columns,
                        float* scratch) {
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    separable2d_of(static_cast<const Element*>(source), static_cast<Element*>(target), pictures,
                   channels, AxisTaps(rows), AxisTaps(columns), scratch);
  });
}
