// cuDNN's graph API: what may be built of descriptors, and how it runs.
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

#include "cudnn_descriptors.h"
#include "cudnn_operations.h"

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
