// cuDNN's graph API: convolutions, their gradients and pointwise chains, by plain loops.
#include <math.h>
#include <stdlib.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <vector>

#include "emulator.h"

namespace {

constexpr int SUCCESS = 0, BAD_PARAM = 2000, NOT_INITIALIZED = 1001, NOT_SUPPORTED = 3000;

// Types of descriptors and attributes (cudnn_graph.h).
enum Kind {
  POINTWISE = 0, CONVOLUTION = 1, ENGINE = 2, ENGINE_CONFIG = 3, HEURISTICS = 4, PLAN = 5,
  CONV_FORWARD = 10, CONV_BACKWARD_FILTER = 11, CONV_BACKWARD_DATA = 12, OPERATION_POINTWISE = 13,
  OPERATION_GRAPH = 15, VARIANT_PACK = 16, TENSOR = 17, NORM_FORWARD = 29, NORM_BACKWARD = 30
};
enum Attribute {
  POINTWISE_MODE = 0, RELU_SLOPE = 5, CONV_DILATIONS = 102, CONV_STRIDES = 103, CONV_POST = 104,
  CONV_PRE = 105, HEUR_MODE = 200, HEUR_GRAPH = 201, HEUR_RESULTS = 202, CONFIG_ENGINE = 300,
  PLAN_HANDLE = 400, PLAN_CONFIG = 401, PLAN_WORKSPACE = 402, FORWARD_ALPHA = 700, FORWARD_W = 703,
  FORWARD_X = 704, FORWARD_Y = 705, FORWARD_CONV = 702, DATA_CONV = 708, DATA_W = 709,
  DATA_DX = 710, DATA_DY = 711, FILTER_CONV = 714, FILTER_DW = 715, FILTER_X = 716, FILTER_DY = 717,
  POINTWISE_DESCRIPTOR = 750, POINTWISE_X = 751, POINTWISE_B = 752, POINTWISE_Y = 753,
  GRAPH_HANDLE = 800, GRAPH_OPERATIONS = 801, TENSOR_ALIGNMENT = 900, TENSOR_TYPE = 901,
  TENSOR_DIMENSIONS = 902, TENSOR_STRIDES = 903, TENSOR_ID = 906, TENSOR_VIRTUAL = 907, TENSOR_BY_VALUE = 908,
  PACK_IDS = 1000, PACK_POINTERS = 1001, PACK_WORKSPACE = 1003, ENGINE_NOTES = 1303,
  NORM_X = 2002, NORM_MEAN = 2003, NORM_INVERSE = 2004, NORM_SCALE = 2005, NORM_SHIFT = 2006,
  NORM_EPSILON = 2007, NORM_Y = 2013, NORM_BACK_X = 2101, NORM_BACK_MEAN = 2102,
  NORM_BACK_INVERSE = 2103, NORM_BACK_DY = 2104, NORM_BACK_SCALE = 2105, NORM_BACK_DSCALE = 2107,
  NORM_BACK_DSHIFT = 2108, NORM_BACK_DX = 2109
};
enum ValueType {
  T_HANDLE = 0, T_DATA_TYPE = 1, T_BOOLEAN = 2, T_INT64 = 3, T_FLOAT = 4, T_DOUBLE = 5,
  T_POINTER = 6, T_CONV_MODE = 7, T_HEUR_MODE = 8, T_NAN = 10, T_NOTE = 11, T_POINTWISE_MODE = 14,
  T_DESCRIPTOR = 15
};

size_t size_of(int type) {
  switch (type) {
    case T_HANDLE: case T_INT64: case T_DOUBLE: case T_POINTER: case T_DESCRIPTOR: return 8;
    case T_BOOLEAN: return 1;
    default: return 4;
  }
}

struct Attributes {
  int type;
  std::string bytes;
};

struct Descriptor {
  int kind;
  bool finalised = false;
  int engine = 0;
  std::map<int, Attributes> attributes;

  bool has(int attribute) const { return attributes.count(attribute) != 0; }
  template <typename T>
  std::vector<T> all(int attribute, int type) const {
    auto found = attributes.find(attribute);
    if (found == attributes.end() || found->second.type != type) {
      throw std::runtime_error("attribute " + std::to_string(attribute) + " is missing");
    }
    std::vector<T> values(found->second.bytes.size() / sizeof(T));
    memcpy(values.data(), found->second.bytes.data(), values.size() * sizeof(T));
    return values;
  }
  std::vector<int64_t> longs(int attribute) const { return all<int64_t>(attribute, T_INT64); }
  Descriptor* part(int attribute) const { return all<Descriptor*>(attribute, T_DESCRIPTOR)[0]; }
};

void require(const Descriptor& d, std::set<int> attributes) {
  for (int attribute : attributes) {
    if (!d.has(attribute)) {
      throw std::runtime_error("attribute " + std::to_string(attribute) + " is missing");
    }
  }
}

void require_finalised_parts(const Descriptor& d) {
  for (auto& [attribute, value] : d.attributes) {
    if (value.type != T_DESCRIPTOR) continue;
    for (Descriptor* part : d.all<Descriptor*>(attribute, T_DESCRIPTOR)) {
      if (!part->finalised) throw std::runtime_error("a part is not finalised");
    }
  }
}

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

void execute(const Descriptor& plan, const Descriptor& pack) {
  Run run;
  auto ids = pack.longs(PACK_IDS);
  auto pointers = pack.all<char*>(PACK_POINTERS, T_POINTER);
  if (ids.size() != pointers.size()) throw std::runtime_error("ids and pointers differ in number");
  for (size_t i = 0; i < ids.size(); i++) run.pointers[ids[i]] = pointers[i];
  const Descriptor& graph = *plan.part(PLAN_CONFIG)->part(CONFIG_ENGINE)->part(HEUR_GRAPH);
  for (Descriptor* op : graph.all<Descriptor*>(GRAPH_OPERATIONS, T_DESCRIPTOR)) {
    switch (op->kind) {
      case CONV_FORWARD: convolve(*op, run); break;
      case CONV_BACKWARD_DATA: backward_data(*op, run); break;
      case CONV_BACKWARD_FILTER: backward_filter(*op, run); break;
      case OPERATION_POINTWISE: pointwise(*op, run); break;
      case NORM_FORWARD: norm_forward(*op, run); break;
      case NORM_BACKWARD: norm_backward(*op, run); break;
      default: throw std::runtime_error("operation is not emulated");
    }
  }
}

void check(const Descriptor& d) {
  switch (d.kind) {
    case TENSOR:
      require(d, {TENSOR_TYPE, TENSOR_DIMENSIONS, TENSOR_STRIDES, TENSOR_ID, TENSOR_ALIGNMENT,
                  TENSOR_VIRTUAL});
      if (d.longs(TENSOR_DIMENSIONS).size() != 4 || d.longs(TENSOR_STRIDES).size() != 4) {
        throw std::runtime_error("a tensor needs four dimensions");
      }
      break;
    case CONVOLUTION:
      require(d, {CONV_DILATIONS, CONV_STRIDES, CONV_POST, CONV_PRE, 100, 101, 106});
      break;
    case CONV_FORWARD: require(d, {FORWARD_X, FORWARD_W, FORWARD_Y, FORWARD_CONV, 700, 701}); break;
    case CONV_BACKWARD_DATA: require(d, {DATA_DX, DATA_W, DATA_DY, DATA_CONV, 706, 707}); break;
    case CONV_BACKWARD_FILTER:
      require(d, {FILTER_X, FILTER_DW, FILTER_DY, FILTER_CONV, 712, 713});
      break;
    case OPERATION_POINTWISE: require(d, {POINTWISE_DESCRIPTOR, POINTWISE_X, POINTWISE_Y}); break;
    case NORM_FORWARD:
      require(d, {NORM_X, NORM_MEAN, NORM_INVERSE, NORM_SCALE, NORM_SHIFT, NORM_EPSILON, NORM_Y,
                  2000, 2001});
      break;
    case NORM_BACKWARD:
      require(d, {NORM_BACK_X, NORM_BACK_MEAN, NORM_BACK_INVERSE, NORM_BACK_SCALE, NORM_BACK_DY,
                  NORM_BACK_DX, NORM_BACK_DSCALE, NORM_BACK_DSHIFT, 2100});
      break;
    case OPERATION_GRAPH: require(d, {GRAPH_HANDLE, GRAPH_OPERATIONS}); break;
    case HEURISTICS: require(d, {HEUR_MODE, HEUR_GRAPH}); break;
    case PLAN: require(d, {PLAN_HANDLE, PLAN_CONFIG}); break;
    case VARIANT_PACK: require(d, {PACK_IDS, PACK_POINTERS, PACK_WORKSPACE}); break;
    default: break;
  }
  require_finalised_parts(d);
}

template <typename Body>
int guarded(const char* what, Body body) {
  try {
    return body();
  } catch (const std::exception& e) {
    fprintf(stderr, "emulator: %s: %s\n", what, e.what());
    return BAD_PARAM;
  }
}

// EMULATED_CUDNN_LACKS names what there is no engine for: fused (several operations), conv, dgrad,
// wgrad, norm.
bool lacking(const Descriptor& graph) {
  const char* told = getenv("EMULATED_CUDNN_LACKS");
  std::string lacks = told == nullptr ? "" : told;
  auto operations = graph.all<Descriptor*>(GRAPH_OPERATIONS, T_DESCRIPTOR);
  auto lacks_one = [&](const char* name) { return lacks.find(name) != std::string::npos; };
  if (operations.size() > 1 && lacks_one("fused")) return true;
  for (Descriptor* op : operations) {
    const char* name = op->kind == CONV_FORWARD           ? "conv"
                       : op->kind == CONV_BACKWARD_DATA   ? "dgrad"
                       : op->kind == CONV_BACKWARD_FILTER ? "wgrad"
                       : op->kind == OPERATION_POINTWISE  ? "pointwise"
                                                          : "norm";
    if (lacks_one(name)) return true;
  }
  return false;
}

// The first engine fails when its plan is made, the second is not reproducible, the third is good.
constexpr int ENGINES = 3;

Descriptor* engine_of(Descriptor* graph, int number) {
  auto* engine = new Descriptor{ENGINE};
  engine->engine = number;
  engine->finalised = true;
  engine->attributes[HEUR_GRAPH] = {
      T_DESCRIPTOR, std::string(reinterpret_cast<char*>(&graph), sizeof graph)};
  return engine;
}

}  // namespace

EXPORT size_t cudnnGetVersion() { return 91900; }
EXPORT size_t cudnnGetCudartVersion() {
  const char* told = getenv("EMULATED_CUDNN_CUDA");
  return told == nullptr ? 13000 : static_cast<size_t>(atoi(told));
}
EXPORT const char* cudnnGetErrorString(int status) {
  return status == SUCCESS ? "CUDNN_STATUS_SUCCESS"
         : status == NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED"
                                   : "CUDNN_STATUS_BAD_PARAM";
}
EXPORT int cudnnCreate(void** handle) {
  *handle = malloc(1);
  return SUCCESS;
}
EXPORT int cudnnSetStream(void*, void*) { return SUCCESS; }

EXPORT int cudnnBackendCreateDescriptor(int kind, void** descriptor) {
  *descriptor = new Descriptor{kind};
  return SUCCESS;
}
EXPORT int cudnnBackendDestroyDescriptor(void* descriptor) {
  delete static_cast<Descriptor*>(descriptor);
  return SUCCESS;
}
EXPORT int cudnnBackendSetAttribute(void* descriptor, int attribute, int type, int64_t count,
                                    const void* values) {
  auto* d = static_cast<Descriptor*>(descriptor);
  if (d->finalised) return NOT_INITIALIZED;
  d->attributes[attribute] = {
      type, std::string(static_cast<const char*>(values), size_of(type) * static_cast<size_t>(count))};
  return SUCCESS;
}
EXPORT int cudnnBackendFinalize(void* descriptor) {
  return guarded("finalise", [&] {
    auto* d = static_cast<Descriptor*>(descriptor);
    check(*d);
    if (d->kind == PLAN && d->part(PLAN_CONFIG)->part(CONFIG_ENGINE)->engine == 0) {
      return NOT_SUPPORTED;
    }
    d->finalised = true;
    return SUCCESS;
  });
}
EXPORT int cudnnBackendGetAttribute(void* descriptor, int attribute, int type, int64_t most,
                                    int64_t* count, void* values) {
  return guarded("get", [&] {
    auto* d = static_cast<Descriptor*>(descriptor);
    if (!d->finalised) return NOT_INITIALIZED;
    if (d->kind == HEURISTICS && attribute == HEUR_RESULTS && type == T_DESCRIPTOR) {
      *count = lacking(*d->part(HEUR_GRAPH)) ? 0 : ENGINES;
      for (int i = 0; i < *count && i < most; i++) {
        Descriptor* config = static_cast<Descriptor**>(values)[i];
        Descriptor* engine = engine_of(d->part(HEUR_GRAPH), i);
        config->attributes[CONFIG_ENGINE] = {
            T_DESCRIPTOR, std::string(reinterpret_cast<char*>(&engine), sizeof engine)};
        config->finalised = true;
      }
      return SUCCESS;
    }
    if (d->kind == ENGINE_CONFIG && attribute == CONFIG_ENGINE && type == T_DESCRIPTOR) {
      *count = 1;
      *static_cast<Descriptor**>(values)[0] = *d->part(CONFIG_ENGINE);
      return SUCCESS;
    }
    if (d->kind == ENGINE && attribute == ENGINE_NOTES && type == T_NOTE) {
      *count = d->engine == 1 ? 1 : 0;
      if (d->engine == 1) static_cast<int*>(values)[0] = 4;
      return SUCCESS;
    }
    if (d->kind == PLAN && attribute == PLAN_WORKSPACE && type == T_INT64) {
      *count = 1;
      *static_cast<int64_t*>(values) = 1024;
      return SUCCESS;
    }
    return NOT_SUPPORTED;
  });
}
EXPORT int cudnnBackendExecute(void*, void* plan, void* pack) {
  return guarded("execute", [&] {
    auto *p = static_cast<Descriptor*>(plan), *v = static_cast<Descriptor*>(pack);
    if (!p->finalised || !v->finalised) return NOT_INITIALIZED;
    Descriptor copy = *v;  // as the real one, whose launches keep the pointers by value
    emulator::submit([p, copy] {
      try {
        execute(*p, copy);
      } catch (const std::exception& e) {
        fprintf(stderr, "emulator: %s\n", e.what());
        abort();
      }
    });
    return SUCCESS;
  });
}
