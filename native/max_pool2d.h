// Max pooling with true indices, and what follows them: its gradient, unpooling and the gradient of
// that. An index is a place h·width+w in the plane that was pooled.

// A row of the pooled map: the largest element of each window and its place. NaN is largest, and of
// equals the first wins.
template <typename Element>
void max_pool_row(PooledMap m, const Element* picture, int64_t o, Element* values,
                  int32_t* indices) {
  int64_t top = o * m.stride_height - m.top;
  Range us = taps_inside(top, m.kernel_height, m.dilation_height, m.height);
  for (int64_t p = 0; p < m.pooled_width; p++, values += m.channels, indices += m.channels) {
    int64_t left = p * m.stride_width - m.left;
    Range vs = taps_inside(left, m.kernel_width, m.dilation_width, m.width);
    int64_t first = (top + us.from * m.dilation_height) * m.width + left;
    each(m.channels, [=](auto kind, int64_t c) {
      int64_t place = first + vs.from * m.dilation_width;
      auto largest = kind.load(picture + place * m.channels + c);
      auto winner = kind.all(static_cast<int32_t>(place));
      for (int64_t u = us.from, row = first; u < us.to; u++, row += m.dilation_height * m.width) {
        for (int64_t v = vs.from; v < vs.to; v++) {
          place = row + v * m.dilation_width;
          auto challenger = kind.load(picture + place * m.channels + c);
          auto wins = (challenger > largest) | ((challenger != challenger) & (largest == largest));
          largest = kind.choose(wins, challenger, largest);
          winner = kind.choose(wins, kind.all(static_cast<int32_t>(place)), winner);
        }
      }
      kind.store(largest, values + c);
      kind.store(winner, indices + c);
    });
  }
}

// Marks the indices of a row of the pooled map that name no place in their own windows. A place
// lies u rows and v columns after the window's first; whatever the quotient u, place = u·width + v,
// so that nothing outside is taken for inside.
inline void mark_outside_windows(PooledMap m, const int32_t* indices, int64_t o, Any& outside) {
  int64_t top = o * m.stride_height - m.top;
  Range us = taps_inside(top, m.kernel_height, 1, m.height);
  float reciprocal = 1.0f / static_cast<float>(m.width);
  uint32_t width = static_cast<uint32_t>(m.width);
  uint32_t rows = static_cast<uint32_t>(us.to - us.from);
  for (int64_t p = 0; p < m.pooled_width; p++, indices += m.channels) {
    int64_t left = p * m.stride_width - m.left;
    Range vs = taps_inside(left, m.kernel_width, 1, m.width);
    uint32_t columns = static_cast<uint32_t>(vs.to - vs.from);
    uint32_t first = static_cast<uint32_t>((top + us.from) * m.width + left + vs.from);
    each(m.channels, [&](auto kind, int64_t c) {
      using Integers = typename decltype(kind)::Integers;
      using Unsigned = typename decltype(kind)::Unsigned;
      Unsigned place = (Unsigned)kind.load(indices + c) - first;
      auto quotient = (kind.to_floats((Integers)place) + 0.5f) * reciprocal;
      Unsigned u = (Unsigned)kind.whole_part(quotient);
      Unsigned v = place - u * width;
      outside.add((u >= rows) | (v >= columns));
    });
  }
}

inline bool in_windows(const PooledMap& m, const int32_t* indices) {
  std::atomic<bool> all{true};
  parallel(m.pooled_rows(), m.pooled_row() * sizeof(int32_t), [&](int64_t from, int64_t to) {
    Any outside;
    for (int64_t r = from; r < to; r++) {
      mark_outside_windows(m, indices + r * m.pooled_row(), r % m.pooled_height, outside);
    }
    if (outside.any()) all.store(false, std::memory_order_relaxed);
  });
  return all;
}

inline bool in_planes(const PooledMap& m, const int32_t* indices) {
  uint32_t plane = static_cast<uint32_t>(m.height * m.width);
  std::atomic<bool> all{true};
  parallel(m.pooled_rows(), m.pooled_row() * sizeof(int32_t), [&](int64_t from, int64_t to) {
    Any outside;
    each((to - from) * m.pooled_row(), [&](auto kind, int64_t i) {
      using Unsigned = typename decltype(kind)::Unsigned;
      outside.add((Unsigned)kind.load(indices + from * m.pooled_row() + i) >= plane);
    });
    if (outside.any()) all.store(false, std::memory_order_relaxed);
  });
  return all;
}

// A row of the whole: sums of the elements that name a place, over the windows that it lies in. Each
// element is written once, and nowhere is a scatter.
template <typename Element>
void add_row(PooledMap m, const Element* upstream, const int32_t* indices, Range os, int64_t h,
             Element* whole) {
  WindowsAt columns(m.kernel_width, m.stride_width, m.left, m.pooled_width);
  int64_t pooled_row = m.pooled_row();
  for (int64_t w = 0; w < m.width; w++, whole += m.channels) {
    Range ps = columns.at(w);
    int32_t place = static_cast<int32_t>(h * m.width + w);
    each(m.channels, [=](auto kind, int64_t c) {
      auto sum = kind.to_floats(kind.all(0));
      for (int64_t o = os.from; o < os.to; o++) {
        for (int64_t p = ps.from; p < ps.to; p++) {
          int64_t at = o * pooled_row + p * m.channels + c;
          sum += kind.choose(kind.load(indices + at) == place, kind.load(upstream + at),
                             decltype(sum){});
        }
      }
      kind.store(sum, whole + c);
    });
  }
}

template <typename Element>
void add(const PooledMap& m, const Element* upstream, const int32_t* indices, Element* whole) {
  parallel(m.pictures * m.height, m.row() * sizeof(Element), [&](int64_t from, int64_t to) {
    WindowsAt rows(m.kernel_height, m.stride_height, m.top, m.pooled_height);
    for (int64_t r = from; r < to; r++) {
      if (r % m.height == 0) {
        rows = WindowsAt(m.kernel_height, m.stride_height, m.top, m.pooled_height);
      }
      int64_t picture = r / m.height * m.pooled_height * m.pooled_row();
      add_row(m, upstream + picture, indices + picture, rows.at(r % m.height), r % m.height,
              whole + r * m.row());
    }
  });
}

// A row of the pooled map to its cells, zeros beside. The extents of a cell are known to the
// compiler unless they are 0.
template <int64_t Height, int64_t Width, typename Bits>
void put_row(PooledMap m, const Bits* values, const int32_t* indices, int64_t o, Bits* picture) {
  int64_t height = Height > 0 ? Height : m.kernel_height;
  int64_t width = Width > 0 ? Width : m.kernel_width;
  for (int64_t p = 0; p < m.pooled_width; p++, values += m.channels, indices += m.channels) {
    int64_t first = o * height * m.width + p * width;
    each(m.channels, [=](auto kind, int64_t c) {
      auto index = kind.load(indices + c);
      auto value = kind.bits(values + c);
      for (int64_t u = 0; u < height; u++) {
        for (int64_t v = 0; v < width; v++) {
          int64_t place = first + u * m.width + v;
          auto named = index == static_cast<int32_t>(place);
          kind.store(kind.choose(named, value, decltype(value){}),
                     picture + place * m.channels + c);
        }
      }
    });
  }
}

// A row of the pooled map from its cells.
template <int64_t Height, int64_t Width, typename Bits>
void take_row(PooledMap m, const Bits* picture, const int32_t* indices, int64_t o, Bits* values) {
  int64_t height = Height > 0 ? Height : m.kernel_height;
  int64_t width = Width > 0 ? Width : m.kernel_width;
  for (int64_t p = 0; p < m.pooled_width; p++, values += m.channels, indices += m.channels) {
    int64_t first = o * m.stride_height * m.width + p * m.stride_width;
    each(m.channels, [=](auto kind, int64_t c) {
      auto index = kind.load(indices + c);
      auto result = decltype(kind.wide_bits(picture)){};
      for (int64_t u = 0; u < height; u++) {
        for (int64_t v = 0; v < width; v++) {
          int64_t place = first + u * m.width + v;
          result = kind.choose(index == static_cast<int32_t>(place),
                               kind.wide_bits(picture + place * m.channels + c), result);
        }
      }
      kind.store_bits(result, values + c);
    });
  }
}

// Calls body(picture, row, offset of the row) for the rows of a pooled map.
template <typename Body>
void each_pooled_row(const PooledMap& m, int64_t element_bytes, const Body& body) {
  int64_t bytes = m.stride_height * m.row() * element_bytes;
  parallel(m.pooled_rows(), bytes, [&](int64_t from, int64_t to) {
    for (int64_t r = from; r < to; r++) {
      body(r / m.pooled_height, r % m.pooled_height, r * m.pooled_row());
    }
  });
}

template <typename Bits>
void put(const PooledMap& m, const Bits* values, const int32_t* indices, Bits* whole) {
  bool two = m.kernel_height == 2 && m.kernel_width == 2;
  auto row = two ? put_row<2, 2, Bits> : put_row<0, 0, Bits>;
  each_pooled_row(m, sizeof(Bits), [&](int64_t picture, int64_t o, int64_t at) {
    row(m, values + at, indices + at, o, whole + picture * m.height * m.row());
  });
}

template <typename Bits>
void take(const PooledMap& m, const Bits* whole, const int32_t* indices, Bits* values) {
  bool two = m.kernel_height == 2 && m.kernel_width == 2;
  auto row = two ? take_row<2, 2, Bits> : take_row<0, 0, Bits>;
  each_pooled_row(m, sizeof(Bits), [&](int64_t picture, int64_t o, int64_t at) {
    row(m, whole + picture * m.height * m.row(), indices + at, o, values + at);
  });
}

// Blocks of a picture's channels, each seen by one thread alone: for indices that may name any place
// of their plane, and one place several times. body(picture, channel, width, thread).
template <typename Body>
void each_block(const PooledMap& m, const Body& body) {
  int64_t blocks = (m.channels + lanes - 1) / lanes;
  int64_t bytes = m.height * m.width * lanes * sizeof(float);
  parallel(m.pictures * blocks, bytes, [&](int64_t from, int64_t to) {
    for (int64_t unit = from; unit < to; unit++) {
      int64_t channel = unit % blocks * lanes;
      body(unit / blocks, channel, std::min(lanes, m.channels - channel), omp_get_thread_num());
    }
  });
}

// Of elements with one place the last of the pooled map stays.
template <typename Bits>
void put_anywhere(const PooledMap& m, const Bits* values, const int32_t* indices, Bits* whole) {
  int64_t pooled = m.pooled_height * m.pooled_row(), plane = m.height * m.row();
  each_block(m, [&](int64_t picture, int64_t channel, int64_t width, int64_t) {
    Bits* target = whole + picture * plane + channel;
    for (int64_t i = 0; i < plane; i += m.channels) {
      std::memset(target + i, 0, width * sizeof(Bits));
    }
    const int32_t* places = indices + picture * pooled + channel;
    const Bits* source = values + picture * pooled + channel;
    for (int64_t i = 0; i < pooled; i += m.channels) {
      for (int64_t c = 0; c < width; c++) target[places[i + c] * m.channels + c] = source[i + c];
    }
  });
}

// Of elements with one place the last takes it, the others get zeros. The scratch has room for a
// plane of lanes of f32 for every thread.
template <typename Bits>
void take_anywhere(const PooledMap& m, const Bits* whole, const int32_t* indices, Bits* values,
                   float* scratch) {
  int64_t pooled = m.pooled_height * m.pooled_row(), plane = m.height * m.row();
  int64_t pixels = m.height * m.width;
  each_block(m, [&](int64_t picture, int64_t channel, int64_t width, int64_t thread) {
    auto* taken = reinterpret_cast<uint8_t*>(scratch + thread * pixels * lanes);
    std::memset(taken, 0, pixels * lanes);
    const Bits* source = whole + picture * plane + channel;
    const int32_t* places = indices + picture * pooled + channel;
    Bits* target = values + picture * pooled + channel;
    for (int64_t i = pooled - m.channels; i >= 0; i -= m.channels) {
      for (int64_t c = 0; c < width; c++) {
        int64_t place = places[i + c];
        uint8_t& before = taken[place * lanes + c];
        target[i + c] = before ? Bits{0} : source[place * m.channels + c];
        before = 1;
      }
    }
  });
}

// Of elements with one place the sum, in f32.
template <typename Element>
void add_anywhere(const PooledMap& m, const Element* upstream, const int32_t* indices,
                  Element* whole, float* scratch) {
  int64_t pooled = m.pooled_height * m.pooled_row(), pixels = m.height * m.width;
  each_block(m, [&](int64_t picture, int64_t channel, int64_t width, int64_t thread) {
    float* sums = scratch + thread * pixels * lanes;
    std::memset(sums, 0, pixels * lanes * sizeof(float));
    const Element* source = upstream + picture * pooled + channel;
    const int32_t* places = indices + picture * pooled + channel;
    for (int64_t i = 0; i < pooled; i += m.channels) {
      for (int64_t c = 0; c < width; c++) {
        sums[places[i + c] * lanes + c] += One::load(source + i + c);
      }
    }
    Element* target = whole + picture * pixels * m.channels + channel;
    for (int64_t i = 0; i < pixels; i++) {
      for (int64_t c = 0; c < width; c++) {
        One::store(sums[i * lanes + c], target + i * m.channels + c);
      }
    }
  });
}

inline const PooledMap& pooled_map(const int64_t* extents) {
  return *reinterpret_cast<const PooledMap*>(extents);
}

inline void max_pool2d(int element_bytes, const int64_t* extents, const void* source, void* values,
                       int32_t* indices) {
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    const PooledMap& m = pooled_map(extents);
    each_pooled_row(m, sizeof(Element), [&](int64_t picture, int64_t o, int64_t at) {
      max_pool_row(m, static_cast<const Element*>(source) + picture * m.height * m.row(), o,
                   static_cast<Element*>(values) + at, indices + at);
    });
  });
}

// What judge_indices finds.
enum : int { foreign_indices, indices_in_planes, indices_in_windows };

inline int judge_indices(const int64_t* extents, const int32_t* indices) {
  const PooledMap& m = pooled_map(extents);
  if (in_windows(m, indices)) return indices_in_windows;
  return in_planes(m, indices) ? indices_in_planes : foreign_indices;
}

inline void max_unpool2d(int element_bytes, int judged, const int64_t* extents, const void* values,
                         const int32_t* indices, void* whole) {
  const PooledMap& m = pooled_map(extents);
  with_bits(element_bytes, [&](auto element) {
    using Bits = decltype(element);
    auto* source = static_cast<const Bits*>(values);
    auto* target = static_cast<Bits*>(whole);
    if (judged == indices_in_windows && m.in_cells()) {
      put(m, source, indices, target);
    } else {
      put_anywhere(m, source, indices, target);
    }
  });
}

inline void max_unpool2d_gradient(int element_bytes, int judged, const int64_t* extents,
                                  const void* whole, const int32_t* indices, void* values,
                                  float* scratch) {
  const PooledMap& m = pooled_map(extents);
  with_bits(element_bytes, [&](auto element) {
    using Bits = decltype(element);
    auto* source = static_cast<const Bits*>(whole);
    auto* target = static_cast<Bits*>(values);
    if (judged == indices_in_windows) {
      take(m, source, indices, target);
    } else {
      take_anywhere(m, source, indices, target, scratch);
    }
  });
}

inline void max_pool2d_gradient(int element_bytes, int judged, const int64_t* extents,
                                const void* upstream, const int32_t* indices, void* whole,
                                float* scratch) {
  const PooledMap& m = pooled_map(extents);
  if (judged == indices_in_windows && m.in_cells()) {
    max_unpool2d(element_bytes, judged, extents, upstream, indices, whole);
    return;
  }
  with_numbers(element_bytes, [&](auto element) {
    using Element = decltype(element);
    auto* source = static_cast<const Element*>(upstream);
    auto* target = static_cast<Element*>(whole);
    if (judged == indices_in_windows) {
      add(m, source, indices, target);
    } else {
      add_anywhere(m, source, indices, target, scratch);
    }
  });
}
