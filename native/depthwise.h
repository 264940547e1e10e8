// The weight gradient of a convolution in which every channel has a filter of its own, channels
// last, at least as many channels as lanes: dw(c, u, v) = Σ x(n, c, i·s − p + u·d, j·s − p + v·d)·
// dy(n, c, i, j). Rows are summed in f32, in registers; their sums in double, one set for every
// thread, added in the order of the threads.
//
// x is the whole of a PooledMap, dy its pooled map.

// Adds a row's sums to their totals.
inline void add_to_totals(floats sums, double* totals) {
  doubles all = Sixteen::at<doubles>(totals) + __builtin_convertvector(sums, doubles);
  Sixteen::store(all, totals);
}

// Adds a row of dy times a row of x, `Width` taps that begin at −`left`, to their totals.
template <int64_t Width, typename Element>
inline void add_row_products(PooledMap m, const Element* source, const Element* upstream,
                             int64_t left, double* totals) {
  int64_t reach = (Width - 1) * m.dilation_width;
  int64_t tap = m.dilation_width * m.channels;
  // The columns of dy whose taps all lie in x.
  int64_t from = std::min(m.pooled_width, left <= 0 ? 0 : (left - 1) / m.stride_width + 1);
  int64_t last = m.width - 1 - reach + left;
  int64_t to = last < 0 ? from : std::max(from, std::min(m.pooled_width, last / m.stride_width + 1));
  floats edge[Width] = {};
  for (int64_t p = 0; p < m.pooled_width; p++) {
    if (p >= from && p < to) {
      p = to - 1;
      continue;
    }
    floats d = Sixteen::load(upstream + p * m.channels);
    for (int64_t v = 0; v < Width; v++) {
      int64_t w = p * m.stride_width - left + v * m.dilation_width;
      if (w >= 0 && w < m.width) edge[v] += d * Sixteen::load(source + w * m.channels);
    }
  }
  // Two sums a tap, since an addition waits for the one before.
  floats even[Width] = {}, odd[Width] = {};
  const Element* x = source + (from * m.stride_width - left) * m.channels;
  const Element* dy = upstream + from * m.channels;
  int64_t step = m.stride_width * m.channels;
  int64_t p = from;
  for (; p + 2 <= to; p += 2, x += 2 * step, dy += 2 * m.channels) {
    floats d = Sixteen::load(dy), e = Sixteen::load(dy + m.channels);
#pragma GCC unroll 8
    for (int64_t v = 0; v < Width; v++) {
      even[v] += d * Sixteen::load(x + v * tap);
      odd[v] += e * Sixteen::load(x + step + v * tap);
    }
  }
  if (p < to) {
    floats d = Sixteen::load(dy);
#pragma GCC unroll 8
    for (int64_t v = 0; v < Width; v++) even[v] += d * Sixteen::load(x + v * tap);
  }
#pragma GCC unroll 8
  for (int64_t v = 0; v < Width; v++) {
    add_to_totals(even[v] + odd[v] + edge[v], totals + v * lanes);
  }
}

// One row of dy for one block of channels: totals of all taps, and after them of dy itself.
template <typename Element>
inline void add_row(PooledMap m, const Element* source, const Element* upstream, int64_t i,
                    double* totals) {
  for (int64_t u = 0; u < m.kernel_height; u++) {
    int64_t h = i * m.stride_height - m.top + u * m.dilation_height;
    if (h < 0 || h >= m.height) continue;
    const Element* row = source + h * m.row();
    double* own = totals + u * m.kernel_width * lanes;
    switch (m.kernel_width) {
      case 3:
        add_row_products<3>(m, row, upstream, m.left, own);
        break;
      case 5:
        add_row_products<5>(m, row, upstream, m.left, own);
        break;
      case 7:
        add_row_products<7>(m, row, upstream, m.left, own);
        break;
      default:
        for (int64_t v = 0; v < m.kernel_width; v++) {
          add_row_products<1>(m, row, upstream, m.left - v * m.dilation_width, own + v * lanes);
        }
    }
  }
  floats sum = {};
  for (int64_t p = 0; p < m.pooled_width; p++) sum += Sixteen::load(upstream + p * m.channels);
  add_to_totals(sum, totals + m.kernel_height * m.kernel_width * lanes);
}

// The first channel of a block; the last block may overlap the one before it.
inline int64_t first_channel(const PooledMap& m, int64_t block) {
  return std::min(block * lanes, m.channels - lanes);
}

template <typename Element, typename Weight>
void depthwise_weight_gradient_of(const PooledMap& m, const Element* source,
                                  const Element* upstream, Weight* weights, const int64_t* strides,
                                  Weight* biases, double* scratch) {
  int64_t taps = m.kernel_height * m.kernel_width;
  int64_t blocks = (m.channels + lanes - 1) / lanes;
  int64_t of_block = (taps + 1) * lanes;
  int64_t threads = omp_get_max_threads();
  std::memset(scratch, 0, threads * blocks * of_block * sizeof(double));
  int64_t bytes = taps * m.pooled_row() * sizeof(float);
  parallel(m.pooled_rows(), bytes, [&](int64_t from, int64_t to) {
    double* own = scratch + omp_get_thread_num() * blocks * of_block;
    for (int64_t r = from; r < to; r++) {
      const Element* picture = source + r / m.pooled_height * m.height * m.row();
      for (int64_t block = 0; block < blocks; block++) {
        int64_t c = first_channel(m, block);
        add_row(m, picture + c, upstream + r * m.pooled_row() + c, r % m.pooled_height,
                own + block * of_block);
      }
    }
  });
  for (int64_t i = 0; i < blocks * of_block; i++) {
    double total = 0;
    for (int64_t thread = 0; thread < threads; thread++) {
      total += scratch[thread * blocks * of_block + i];
    }
    int64_t channel = first_channel(m, i / of_block) + i % lanes;
    int64_t tap = i % of_block / lanes;
    float sum = static_cast<float>(total);
    if (tap < taps) {
      int64_t u = tap / m.kernel_width, v = tap % m.kernel_width;
      One::store(sum, weights + channel * strides[0] + u * strides[2] + v * strides[3]);
    } else if (biases != nullptr) {
      One::store(sum, biases + channel);
    }
  }
}

// The scratch has room for (taps + 1) · channels, rounded up to lanes, for every thread.
inline void depthwise_weight_gradient(int element_bytes, int weight_bytes, const int64_t* extents,
                                      const void* source, const void* upstream, void* weights,
                                      const int64_t* strides, void* biases, double* scratch) {
  with_numbers(element_bytes, [&](auto element) {
    with_numbers(weight_bytes, [&](auto weight) {
      using Element = decltype(element);
      using Weight = decltype(weight);
      depthwise_weight_gradient_of(pooled_map(extents), static_cast<const Element*>(source),
                                   static_cast<const Element*>(upstream),
                                   static_cast<Weight*>(weights), strides,
                                   static_cast<Weight*>(biases), scratch);
    });
  });
}
