// What the operations of a graph compute, by plain loops. Included once, by cudnn.cpp.

struct View {
  emulator::Type type;
  std::vector<int64_t> dims, strides;
  char* data;
  bool bits = false;  // a bit an element, the first in the lowest bit of a byte
  float at(int64_t n, int64_t c, int64_t h, int64_t w) const {
    int64_t i = offset(n, c, h, w);
    return bits ? static_cast<float>(data[i / 8] >> i % 8 & 1) : emulator::load(type, data, i);
  }
  void put(int64_t n, int64_t c, int64_t h, int64_t w, float value) const {
    int64_t i = offset(n, c, h, w);
    if (!bits) {
      emulator::store(type, data, i, value);
    } else {
      char bit = static_cast<char>(1 << i % 8);
      data[i / 8] = static_cast<char>(value != 0 ? data[i / 8] | bit : data[i / 8] & ~bit);
    }
  }
  int64_t offset(int64_t n, int64_t c, int64_t h, int64_t w) const {
    return n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3];
  }
};

// Pointers of a run, and memory for what is virtual in it.
struct Run {
  std::map<int64_t, char*> pointers;
  std::map<int64_t, std::string> virtual_memory;

  View view(const Descriptor& tensor) {
    int64_t id = tensor.longs(TENSOR_ID)[0];
    int type = tensor.all<int>(TENSOR_TYPE, T_DATA_TYPE)[0];
    emulator::Type element = type == 0   ? emulator::Type::F32
                             : type == 2 ? emulator::Type::F16
                                         : emulator::Type::BF16;
    View view{element, tensor.longs(TENSOR_DIMENSIONS), tensor.longs(TENSOR_STRIDES), nullptr};
    view.bits = type == 11;
    bool by_value = tensor.has(TENSOR_BY_VALUE);
    if (tensor.all<char>(TENSOR_VIRTUAL, T_BOOLEAN)[0] != 0) {
      std::string& memory = virtual_memory[id];
      if (memory.empty()) {
        int64_t elements = 1;
        for (int64_t extent : view.dims) elements *= extent;
        memory.resize(static_cast<size_t>(elements) * 4);
      }
      view.data = memory.data();
    } else {
      if (pointers.count(id) == 0) throw std::runtime_error("tensor without a pointer");
      view.data = pointers[id];
      if (!by_value && reinterpret_cast<uintptr_t>(view.data) % tensor.longs(TENSOR_ALIGNMENT)[0] != 0) {
        throw std::runtime_error("a pointer is not aligned as its tensor says");
      }
    }
    return view;
  }
};

struct Geometry {
  std::vector<int64_t> stride, dilation, before;
  explicit Geometry(const Descriptor& c)
      : stride(c.longs(CONV_STRIDES)), dilation(c.longs(CONV_DILATIONS)), before(c.longs(CONV_PRE)) {}
};

// Calls body with (n, f, i, j, channel of x, channel of w, u, v, h, w) for every product.
template <typename Body>
void each_product(const View& x, const View& w, const View& y, const Geometry& g, Body body) {
  int64_t groups = x.dims[1] / w.dims[1], filters = w.dims[0] / groups;
  for (int64_t n = 0; n < y.dims[0]; n++)
    for (int64_t f = 0; f < y.dims[1]; f++)
      for (int64_t i = 0; i < y.dims[2]; i++)
        for (int64_t j = 0; j < y.dims[3]; j++)
          for (int64_t c = 0; c < w.dims[1]; c++)
            for (int64_t u = 0; u < w.dims[2]; u++)
              for (int64_t v = 0; v < w.dims[3]; v++) {
                int64_t h = i * g.stride[0] + u * g.dilation[0] - g.before[0];
                int64_t q = j * g.stride[1] + v * g.dilation[1] - g.before[1];
                if (h < 0 || h >= x.dims[2] || q < 0 || q >= x.dims[3]) continue;
                body(n, f, i, j, f / filters * w.dims[1] + c, c, u, v, h, q);
              }
}

// Sums in double over a dense array in N×C×H×W order, rounded once at the end.
struct Sums {
  const View& target;
  std::vector<double> values;
  explicit Sums(const View& t)
      : target(t),
        values(static_cast<size_t>(t.dims[0] * t.dims[1] * t.dims[2] * t.dims[3])) {}
  double& at(int64_t n, int64_t c, int64_t h, int64_t w) {
    return values[static_cast<size_t>(
        ((n * target.dims[1] + c) * target.dims[2] + h) * target.dims[3] + w)];
  }
  void write() {
    for (int64_t n = 0; n < target.dims[0]; n++)
      for (int64_t c = 0; c < target.dims[1]; c++)
        for (int64_t h = 0; h < target.dims[2]; h++)
          for (int64_t w = 0; w < target.dims[3]; w++)
            target.put(n, c, h, w, static_cast<float>(at(n, c, h, w)));
  }
};

// What EMULATED_CUDNN_WRONG names, conv or norm, comes out twice as large.
float error_of(const char* operation) {
  const char* wrong = getenv("EMULATED_CUDNN_WRONG");
  return wrong != nullptr && strcmp(wrong, operation) == 0 ? 2.0f : 1.0f;
}

void convolve(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(FORWARD_X)), w = run.view(*op.part(FORWARD_W));
  View y = run.view(*op.part(FORWARD_Y));
  Sums sums(y);
  float error = error_of("conv");
  each_product(x, w, y, Geometry(*op.part(FORWARD_CONV)),
               [&](auto n, auto f, auto i, auto j, auto xc, auto wc, auto u, auto v, auto h, auto q) {
                 sums.at(n, f, i, j) +=
                     double{x.at(n, xc, h, q)} * w.at(f, wc, u, v) * error;
               });
  sums.write();
}

void backward_data(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(DATA_DX)), w = run.view(*op.part(DATA_W));
  View y = run.view(*op.part(DATA_DY));
  Sums sums(x);
  each_product(x, w, y, Geometry(*op.part(DATA_CONV)),
               [&](auto n, auto f, auto i, auto j, auto xc, auto wc, auto u, auto v, auto h, auto q) {
                 sums.at(n, xc, h, q) += double{y.at(n, f, i, j)} * w.at(f, wc, u, v);
               });
  sums.write();
}

void backward_filter(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(FILTER_X)), w = run.view(*op.part(FILTER_DW));
  View y = run.view(*op.part(FILTER_DY));
  Sums sums(w);
  each_product(x, w, y, Geometry(*op.part(FILTER_CONV)),
               [&](auto n, auto f, auto i, auto j, auto xc, auto wc, auto u, auto v, auto h, auto q) {
                 sums.at(f, wc, u, v) += double{x.at(n, xc, h, q)} * y.at(n, f, i, j);
               });
  sums.write();
}

float apply(const Descriptor& function, float x, float b) {
  switch (function.all<int>(POINTWISE_MODE, T_POINTWISE_MODE)[0]) {
    case 0: return x + b;
    case 1: return x * b;
    case 302: return x > b ? 1 : 0;
    case 100: {
      double slope =
          function.has(RELU_SLOPE) ? function.all<double>(RELU_SLOPE, T_DOUBLE)[0] : 0;
      return x > 0 ? x : x <= 0 ? static_cast<float>(slope * x) : x;
    }
    case 101: return tanhf(x);
    case 102: return 1 / (1 + expf(-x));
    case 106: return x / (1 + expf(-x));
    default: throw std::runtime_error("pointwise function is not emulated " + std::to_string(function.all<int>(POINTWISE_MODE, T_POINTWISE_MODE)[0]));
  }
}

void pointwise(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(POINTWISE_X)), y = run.view(*op.part(POINTWISE_Y));
  View b = op.has(POINTWISE_B) ? run.view(*op.part(POINTWISE_B)) : x;
  const Descriptor& function = *op.part(POINTWISE_DESCRIPTOR);
  for (int64_t n = 0; n < y.dims[0]; n++)
    for (int64_t c = 0; c < y.dims[1]; c++)
      for (int64_t h = 0; h < y.dims[2]; h++)
        for (int64_t w = 0; w < y.dims[3]; w++) {
          auto index = [&](int axis, int64_t i) { return b.dims[axis] == 1 ? 0 : i; };
          float second = b.at(index(0, n), index(1, c), index(2, h), index(3, w));
          y.put(n, c, h, w, apply(function, x.at(n, c, h, w), second));
        }
}

// Calls body with (n, h, w) for every pixel.
template <typename Body>
void each_pixel(const View& x, Body body) {
  for (int64_t n = 0; n < x.dims[0]; n++)
    for (int64_t h = 0; h < x.dims[2]; h++)
      for (int64_t w = 0; w < x.dims[3]; w++) body(n, h, w);
}


void norm_forward(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(NORM_X)), y = run.view(*op.part(NORM_Y));
  View scale = run.view(*op.part(NORM_SCALE)), shift = run.view(*op.part(NORM_SHIFT));
  View mean = run.view(*op.part(NORM_MEAN)), inverse = run.view(*op.part(NORM_INVERSE));
  float epsilon = run.view(*op.part(NORM_EPSILON)).at(0, 0, 0, 0);
  double count = static_cast<double>(x.dims[0] * x.dims[2] * x.dims[3]);
  for (int64_t c = 0; c < x.dims[1]; c++) {
    double sum = 0, squares = 0;
    each_pixel(x, [&](auto n, auto h, auto w) { sum += x.at(n, c, h, w); });
    double average = sum / count;
    each_pixel(x, [&](auto n, auto h, auto w) {
      squares += (x.at(n, c, h, w) - average) * (x.at(n, c, h, w) - average);
    });
    double factor = 1 / sqrt(squares / count + epsilon);
    mean.put(0, c, 0, 0, static_cast<float>(average));
    inverse.put(0, c, 0, 0, static_cast<float>(factor));
    each_pixel(x, [&](auto n, auto h, auto w) {
      double normalised = (x.at(n, c, h, w) - average) * factor * error_of("norm");
      y.put(n, c, h, w,
            static_cast<float>(normalised * scale.at(0, c, 0, 0) + shift.at(0, c, 0, 0)));
    });
  }
}

void norm_backward(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(NORM_BACK_X)), dy = run.view(*op.part(NORM_BACK_DY));
  View scale = run.view(*op.part(NORM_BACK_SCALE)), mean = run.view(*op.part(NORM_BACK_MEAN));
  View inverse = run.view(*op.part(NORM_BACK_INVERSE)), dx = run.view(*op.part(NORM_BACK_DX));
  View dscale = run.view(*op.part(NORM_BACK_DSCALE)), dshift = run.view(*op.part(NORM_BACK_DSHIFT));
  double count = static_cast<double>(x.dims[0] * x.dims[2] * x.dims[3]);
  for (int64_t c = 0; c < x.dims[1]; c++) {
    double average = mean.at(0, c, 0, 0), factor = inverse.at(0, c, 0, 0), sum = 0, product = 0;
    auto normalised = [&](auto n, auto h, auto w) { return (x.at(n, c, h, w) - average) * factor; };
    each_pixel(x, [&](auto n, auto h, auto w) {
      sum += dy.at(n, c, h, w);
      product += dy.at(n, c, h, w) * normalised(n, h, w);
    });
    dshift.put(0, c, 0, 0, static_cast<float>(sum));
    dscale.put(0, c, 0, 0, static_cast<float>(product));
    each_pixel(x, [&](auto n, auto h, auto w) {
      double slope = dy.at(n, c, h, w) - sum / count - normalised(n, h, w) * product / count;
      dx.put(n, c, h, w,
             static_cast<float>(slope * scale.at(0, c, 0, 0) * factor * error_of("norm")));
    });
  }
}
