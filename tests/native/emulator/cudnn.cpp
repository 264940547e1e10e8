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
  OPERATION_GRAPH = 15, VARIANT_PACK = 16, TENSOR = 17
};
enum Attribute {
  POINTWISE_MODE = 0, RELU_SLOPE = 5, CONV_DILATIONS = 102, CONV_STRIDES = 103, CONV_POST = 104,
  CONV_PRE = 105, HEUR_MODE = 200, HEUR_GRAPH = 201, HEUR_RESULTS = 202, CONFIG_ENGINE = 300,
  PLAN_HANDLE = 400, PLAN_CONFIG = 401, PLAN_WORKSPACE = 402, FORWARD_ALPHA = 700, FORWARD_W = 703,
  FORWARD_X = 704, FORWARD_Y = 705, FORWARD_CONV = 702, DATA_CONV = 708, DATA_W = 709,
  DATA_DX = 710, DATA_DY = 711, FILTER_CONV = 714, FILTER_DW = 715, FILTER_X = 716, FILTER_DY = 717,
  POINTWISE_DESCRIPTOR = 750, POINTWISE_X = 751, POINTWISE_B = 752, POINTWISE_Y = 753,
  GRAPH_HANDLE = 800, GRAPH_OPERATIONS = 801, TENSOR_ALIGNMENT = 900, TENSOR_TYPE = 901,
  TENSOR_DIMENSIONS = 902, TENSOR_STRIDES = 903, TENSOR_ID = 906, TENSOR_VIRTUAL = 907,
  PACK_IDS = 1000, PACK_POINTERS = 1001, PACK_WORKSPACE = 1003, ENGINE_NOTES = 1303
};
enum ValueType {
  T_HANDLE = 0, T_DATA_TYPE = 1, T_BOOLEAN = 2, T_INT64 = 3, T_FLOAT = 4, T_DOUBLE = 5,
  T_POINTER = 6, T_CONV_MODE = 7, T_HEUR_MODE = 8, T_NOTE = 11, T_POINTWISE_MODE = 14,
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
  float at(int64_t n, int64_t c, int64_t h, int64_t w) const {
    return emulator::load(type, data, offset(n, c, h, w));
  }
  void put(int64_t n, int64_t c, int64_t h, int64_t w, float value) const {
    emulator::store(type, data, offset(n, c, h, w), value);
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
      if (reinterpret_cast<uintptr_t>(view.data) % tensor.longs(TENSOR_ALIGNMENT)[0] != 0) {
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

void convolve(const Descriptor& op, Run& run) {
  View x = run.view(*op.part(FORWARD_X)), w = run.view(*op.part(FORWARD_W));
  View y = run.view(*op.part(FORWARD_Y));
  Sums sums(y);
  each_product(x, w, y, Geometry(*op.part(FORWARD_CONV)),
               [&](auto n, auto f, auto i, auto j, auto xc, auto wc, auto u, auto v, auto h, auto q) {
                 sums.at(n, f, i, j) += double{x.at(n, xc, h, q)} * w.at(f, wc, u, v);
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
      *count = ENGINES;
      for (int i = 0; i < ENGINES && i < most; i++) {
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
