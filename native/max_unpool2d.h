// Max unpooling and its gradient over channels-last maps.

// A pooled map and the whole that it came from. Indices are places h·width+w in a picture's plane.
struct Unpooling {
  int64_t pictures, pooled_height, pooled_width, channels, height, width;

  int64_t pooled_row() const { return pooled_width * channels; }
  int64_t row() const { return width * channels; }
  // Extents of the cell of the whole that one pooled element stands for.
  int64_t cell_height() const { return height / pooled_height; }
  int64_t cell_width() const { return width / pooled_width; }
};

// The band of the whole that belongs to one row of the pooled map: values where the indices name
// the place, zeros elsewhere.
template <typename Bits>
void put_band(const Unpooling& u, const Bits* values, const int32_t* indices, int64_t first,
              Bits* whole) {
  for (int64_t y = 0; y < u.cell_height(); y++) {
    for (int64_t x = 0; x < u.width; x++) {
      int64_t pooled = x / u.cell_width() * u.channels;
      int32_t place = static_cast<int32_t>(first + y * u.width + x);
      for (int64_t c = 0; c < u.channels; c++) {
        whole[c] = indices[pooled + c] == place ? values[pooled + c] : Bits{0};
      }
      whole += u.channels;
    }
  }
}

template <typename Bits>
void put_bands(const Unpooling& u, const Bits* values, const int32_t* indices, Bits* whole) {
  int64_t band = u.cell_height() * u.row();
  parallel(u.pictures * u.pooled_height, band * sizeof(Bits), [&](int64_t from, int64_t to) {
    for (int64_t r = from; r < to; r++) {
      int64_t first = r % u.pooled_height * u.cell_height() * u.width;
      put_band(u, values + r * u.pooled_row(), indices + r * u.pooled_row(), first,
               whole + r * band);
    }
  });
}

inline void max_unpool2d(int element_bytes, const void* values, const int32_t* indices, void* whole,
                         int64_t pictures, int64_t pooled_height, int64_t pooled_width,
                         int64_t channels, int64_t height, int64_t width) {
  Unpooling u{pictures, pooled_height, pooled_width, channels, height, width};
  if (element_bytes == 2) {
    put_bands(u, static_cast<const uint16_t*>(values), indices, static_cast<uint16_t*>(whole));
  } else {
    put_bands(u, static_cast<const uint32_t*>(values), indices, static_cast<uint32_t*>(whole));
  }
}
