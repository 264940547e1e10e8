// A pooled map and the whole that it came from, channels last. Where all that is known are the two
// maps, the windows are the cells that one divides the other into.
struct PooledMap {
  int64_t pictures, channels;
  int64_t pooled_height, pooled_width, height, width;
  int64_t kernel_height, kernel_width, stride_height, stride_width;
  int64_t dilation_height, dilation_width, top, left;

  int64_t pooled_rows() const { return pictures * pooled_height; }
  int64_t pooled_row() const { return pooled_width * channels; }
  int64_t row() const { return width * channels; }

  // Whether the windows are cells: each element of the whole lies in exactly one.
  bool in_cells() const {
    return dilation_height == 1 && dilation_width == 1 && top == 0 && left == 0 &&
           kernel_height == stride_height && kernel_width == stride_width &&
           kernel_height * pooled_height == height && kernel_width * pooled_width == width;
  }
};

// From the first to before the last.
struct Range {
  int64_t from, to;
};

// The taps of a window along an axis that lie in the plane; the window begins at `first`.
inline Range taps_inside(int64_t first, int64_t kernel, int64_t dilation, int64_t extent) {
  if (first >= 0 && first + (kernel - 1) * dilation < extent) return {0, kernel};
  int64_t from = first >= 0 ? 0 : (dilation - 1 - first) / dilation;
  int64_t to = first >= extent ? 0 : std::min(kernel, (extent - 1 - first) / dilation + 1);
  return {from, to};
}

// The windows along an axis that a place lies in, for places that only grow; without dilation.
class WindowsAt {
 public:
  WindowsAt(int64_t kernel, int64_t stride, int64_t padding, int64_t windows)
      : kernel_(kernel), stride_(stride), padding_(padding), windows_(windows), range_{0, 0} {}

  Range at(int64_t place) {
    int64_t padded = place + padding_;
    while (range_.to < windows_ && range_.to * stride_ <= padded) range_.to++;
    while (range_.from < range_.to && range_.from * stride_ + kernel_ <= padded) range_.from++;
    return range_;
  }

 private:
  int64_t kernel_, stride_, padding_, windows_;
  Range range_;
};
