// The linear maps of F(4×4, 3×3), which computes four neighbouring outputs of a filter with three
// taps by six products instead of twelve (Winograd, "Arithmetic Complexity of Computations", 1980;
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, section 4.2). For
// pictures the one-dimensional maps are nested: 36 products instead of 144.
//
// With input tile d, filter g and output y: y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A. The gradient of the
// filter is the adjoint: Gᵀ[(Bᵀ d B) ⊙ (A y′ Aᵀ)]G.

// Bᵀ.
struct WinogradInput {
  static constexpr int inputs = 6, outputs = 6;

  template <typename Vector>
  static void apply(const Vector* x, Vector* y) {
    Vector even = x[4] - 4 * x[2], odd = x[3] - 4 * x[1];
    Vector near = x[4] - x[2], far = 2 * (x[3] - x[1]);
    y[0] = 4 * x[0] - 5 * x[2] + x[4];
    y[1] = even + odd;
    y[2] = even - odd;
    y[3] = near + far;
    y[4] = near - far;
    y[5] = 4 * x[1] - 5 * x[3] + x[5];
  }
};

// Aᵀ.
struct WinogradOutput {
  static constexpr int inputs = 6, outputs = 4;

  template <typename Vector>
  static void apply(const Vector* x, Vector* y) {
    Vector even = x[1] + x[2], odd = x[1] - x[2];
    Vector far_even = x[3] + x[4], far_odd = x[3] - x[4];
    y[0] = x[0] + even + far_even;
    y[1] = odd + 2 * far_odd;
    y[2] = even + 4 * far_even;
    y[3] = x[5] + odd + 8 * far_odd;
  }
};

// A.
struct WinogradOutputGradient {
  static constexpr int inputs = 4, outputs = 6;

  template <typename Vector>
  static void apply(const Vector* x, Vector* y) {
    Vector even = x[0] + x[2], odd = x[1] + x[3];
    Vector far_even = x[0] + 4 * x[2], far_odd = 2 * x[1] + 8 * x[3];
    y[0] = x[0];
    y[1] = even + odd;
    y[2] = even - odd;
    y[3] = far_even + far_odd;
    y[4] = far_even - far_odd;
    y[5] = x[3];
  }
};

// G.
struct WinogradFilter {
  static constexpr int inputs = 3, outputs = 6;

  template <typename Vector>
  static void apply(const Vector* x, Vector* y) {
    Vector even = (-1 / 6.f) * (x[0] + x[2]), odd = (1 / 6.f) * x[1];
    Vector far_even = (1 / 24.f) * x[0] + (1 / 6.f) * x[2], far_odd = (1 / 12.f) * x[1];
    y[0] = 0.25f * x[0];
    y[1] = even - odd;
    y[2] = even + odd;
    y[3] = far_even + far_odd;
    y[4] = far_even - far_odd;
    y[5] = x[2];
  }
};

// Gᵀ.
struct WinogradFilterGradient {
  static constexpr int inputs = 6, outputs = 3;

  template <typename Vector>
  static void apply(const Vector* x, Vector* y) {
    Vector even = x[1] + x[2], odd = x[1] - x[2];
    Vector far_even = x[3] + x[4], far_odd = x[3] - x[4];
    y[0] = 0.25f * x[0] - (1 / 6.f) * even + (1 / 24.f) * far_even;
    y[1] = (-1 / 6.f) * odd + (1 / 12.f) * far_odd;
    y[2] = x[5] - (1 / 6.f) * even + (1 / 6.f) * far_even;
  }
};

// Along both axes of a square; load(row, column) gives its elements, store takes the result's.
template <typename Map, typename Load, typename Store>
__attribute__((always_inline)) inline void map_square(const Load& load, const Store& store) {
  using Vector = decltype(load(0, 0));
  Vector between[Map::outputs][Map::inputs];
#pragma GCC unroll 6
  for (int column = 0; column < Map::inputs; column++) {
    Vector x[Map::inputs], y[Map::outputs];
#pragma GCC unroll 6
    for (int row = 0; row < Map::inputs; row++) x[row] = load(row, column);
    Map::apply(x, y);
#pragma GCC unroll 6
    for (int row = 0; row < Map::outputs; row++) between[row][column] = y[row];
  }
#pragma GCC unroll 6
  for (int row = 0; row < Map::outputs; row++) {
    Vector y[Map::outputs];
    Map::apply(between[row], y);
#pragma GCC unroll 6
    for (int column = 0; column < Map::outputs; column++) store(row, column, y[column]);
  }
}

// Channels-last pictures cut into tiles of 4×4, and the planes of a chunk of them: 36 matrices with
// a row for each tile and a column for each channel. Laid out by WinogradTiles.java; tiles are
// numbered through all pictures.
struct WinogradTiles {
  int64_t pictures, height, width, channels;
  int64_t down, across;  // tiles of a picture
  int64_t rows;          // of each matrix
  int64_t plane;         // elements from a matrix to the next
  int64_t padding_top, padding_left;

  static constexpr int64_t tile = 4, planes = 36;

  explicit WinogradTiles(const int64_t* extents) { std::memcpy(this, extents, sizeof *this); }

  int64_t count() const { return pictures * down * across; }
  int64_t picture(int64_t number) const { return number / (down * across); }
  int64_t top(int64_t number) const { return number / across % down * tile; }
  int64_t left(int64_t number) const { return number % across * tile; }
  // Of the transformed elements of a tile.
  int64_t bytes() const { return planes * channels * sizeof(float); }
};

// The pixels of a tile's square; null outside its picture, and for tiles beyond the last.
template <typename Element, int Size>
struct WinogradPixels {
  Element* at[Size][Size];

  WinogradPixels(const WinogradTiles& tiles, Element* pictures, int64_t number, int64_t top,
                 int64_t left) {
    int64_t picture = tiles.picture(number);
    for (int row = 0; row < Size; row++) {
      int64_t y = tiles.top(number) - top + row;
      bool outside = picture >= tiles.pictures || y < 0 || y >= tiles.height;
      for (int column = 0; column < Size; column++) {
        int64_t x = tiles.left(number) - left + column;
        at[row][column] =
            outside || x < 0 || x >= tiles.width
                ? nullptr
                : pictures + ((picture * tiles.height + y) * tiles.width + x) * tiles.channels;
      }
    }
  }
};

// From pictures to the planes of the chunk that begins with tile `first`.
template <typename Map>
inline void scatter_tiles(const WinogradTiles& tiles, const float* source, float* planes,
                          int64_t first, int64_t top, int64_t left) {
  parallel(tiles.rows, tiles.bytes(), [=](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      using Pixels = WinogradPixels<const float, Map::inputs>;
      Pixels pixels(tiles, source, first + row, top, left);
      Pixels next(tiles, source, first + row + 1, top, left);
      float* target = planes + row * tiles.channels;
      each_register(tiles.channels, [&](auto kind, int64_t c) {
        using Vector = decltype(kind.load(source));
        map_square<Map>(
            [&](int i, int j) {
              // The processor does not see where so many runs go on.
              __builtin_prefetch(next.at[i][j] + c);
              return pixels.at[i][j] == nullptr ? Vector{} : kind.load(pixels.at[i][j] + c);
            },
            [&](int i, int j, const Vector& v) {
              kind.store(v, target + (6 * i + j) * tiles.plane + c);
            });
      });
    }
  });
}

inline void winograd_scatter_input(const int64_t* extents, const float* source, float* planes,
                                   int64_t first) {
  WinogradTiles tiles(extents);
  scatter_tiles<WinogradInput>(tiles, source, planes, first, tiles.padding_top, tiles.padding_left);
}

inline void winograd_scatter_gradient(const int64_t* extents, const float* source, float* planes,
                                      int64_t first) {
  scatter_tiles<WinogradOutputGradient>(WinogradTiles(extents), source, planes, first, 0, 0);
}

// From the planes of products to pictures: plus the bias of each channel unless null, plus what the
// picture holds if `residual`, and with `relu` at least 0; NaN stays.
inline void winograd_gather(const int64_t* extents, const float* planes, const float* bias,
                            bool residual, bool relu, float* target, int64_t first) {
  WinogradTiles tiles(extents);
  int64_t rows = std::min(tiles.rows, tiles.count() - first);
  parallel(rows, tiles.bytes(), [=](int64_t from, int64_t to) {
    for (int64_t row = from; row < to; row++) {
      WinogradPixels<float, WinogradTiles::tile> pixels(tiles, target, first + row, 0, 0);
      const float* source = planes + row * tiles.channels;
      each_register(tiles.channels, [&](auto kind, int64_t c) {
        using Vector = decltype(kind.load(source));
        Vector zero{};
        Vector start = bias == nullptr ? zero : kind.load(bias + c);
        map_square<WinogradOutput>(
            [&](int i, int j) { return kind.load(source + (6 * i + j) * tiles.plane + c); },
            [&](int i, int j, const Vector& v) {
              float* pixel = pixels.at[i][j];
              if (pixel == nullptr) return;
              Vector y = v + start;
              if (residual) y += kind.load(pixel + c);
              if (relu) y = kind.choose(y < zero, zero, y);
              kind.store(y, pixel + c);
            });
      });
    }
  });
}

// Planes of `count` weights each, one for each tap, to planes of the map's results. Turned by half a
// circle first if `turned`.
template <typename Map>
inline void map_filters(int64_t count, bool turned, const float* source, int64_t source_plane,
                        float* target, int64_t target_plane) {
  constexpr int64_t taps = Map::inputs * Map::inputs, piece = 4 * lanes;
  parallel((count + piece - 1) / piece, WinogradTiles::planes * piece * sizeof(float),
           [=](int64_t from, int64_t to) {
             int64_t start = from * piece;
             each_register(std::min(to * piece, count) - start, [=](auto kind, int64_t i) {
               using Vector = decltype(kind.load(source));
               map_square<Map>(
                   [=](int row, int column) {
                     int64_t tap = row * Map::inputs + column;
                     int64_t plane = turned ? taps - 1 - tap : tap;
                     return kind.load(source + plane * source_plane + start + i);
                   },
                   [=](int row, int column, const Vector& v) {
                     int64_t plane = row * Map::outputs + column;
                     kind.store(v, target + plane * target_plane + start + i);
                   });
             });
           });
}

// Taps, plane after plane, to matrices that begin `plane` elements apart.
inline void winograd_filter(int64_t count, int64_t plane, bool turned, const float* taps,
                            float* matrices) {
  map_filters<WinogradFilter>(count, turned, taps, count, matrices, plane);
}

// The gradients of such matrices to those of the taps.
inline void winograd_filter_gradient(int64_t count, int64_t plane, const float* matrices,
                                     float* taps) {
  map_filters<WinogradFilterGradient>(count, false, matrices, plane, taps, count);
}
