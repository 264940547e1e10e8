// cuDNN's older functions: softmax along the channels and local response norm, by plain loops.
#include <math.h>

#include <vector>

#include "emulator.h"

namespace {

constexpr int SUCCESS = 0, BAD_PARAM = 2000, NOT_SUPPORTED = 3000;

struct Tensor {
  emulator::Type type;
  int64_t dims[4], strides[4];
  int64_t offset(int64_t n, int64_t c, int64_t h, int64_t w) const {
    return n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3];
  }
};

struct ResponseNorm {
  int size;
  double alpha, beta, k;
};

// Calls body with a function from channel to offset, for every pixel.
template <typename Body>
void each_line(const Tensor& t, Body body) {
  for (int64_t n = 0; n < t.dims[0]; n++)
    for (int64_t h = 0; h < t.dims[2]; h++)
      for (int64_t w = 0; w < t.dims[3]; w++)
        body([&](int64_t c) { return t.offset(n, c, h, w); });
}

template <typename Offset>
double scale_at(const ResponseNorm& norm, const Tensor& t, const void* x, Offset at, int64_t c) {
  double sum = 0;
  for (int64_t i = c - (norm.size - 1) / 2; i <= c + norm.size / 2; i++) {
    if (i < 0 || i >= t.dims[1]) continue;
    double value = emulator::load(t.type, x, at(i));
    sum += value * value;
  }
  return norm.k + norm.alpha / norm.size * sum;
}

bool plain(const void* alpha, const void* beta) {
  return *static_cast<const float*>(alpha) == 1 && *static_cast<const float*>(beta) == 0;
}

}  // namespace

EXPORT int cudnnCreateTensorDescriptor(void** tensor) {
  *tensor = new Tensor();
  return SUCCESS;
}
EXPORT int cudnnDestroyTensorDescriptor(void* tensor) {
  delete static_cast<Tensor*>(tensor);
  return SUCCESS;
}
EXPORT int cudnnSetTensor4dDescriptorEx(void* tensor, int type, int n, int c, int h, int w,
                                        int n_stride, int c_stride, int h_stride, int w_stride) {
  if (n < 1 || c < 1 || h < 1 || w < 1) return BAD_PARAM;
  emulator::Type element = type == 0   ? emulator::Type::F32
                           : type == 2 ? emulator::Type::F16
                                       : emulator::Type::BF16;
  *static_cast<Tensor*>(tensor) =
      Tensor{element, {n, c, h, w}, {n_stride, c_stride, h_stride, w_stride}};
  return SUCCESS;
}
EXPORT int cudnnCreateLRNDescriptor(void** norm) {
  *norm = new ResponseNorm();
  return SUCCESS;
}
EXPORT int cudnnSetLRNDescriptor(void* norm, unsigned size, double alpha, double beta, double k) {
  if (size < 1 || size > 16 || k < 1e-5 || beta < 0.01) return BAD_PARAM;
  *static_cast<ResponseNorm*>(norm) = ResponseNorm{static_cast<int>(size), alpha, beta, k};
  return SUCCESS;
}

EXPORT int cudnnSoftmaxForward(void*, int algorithm, int mode, const void* alpha, void* tensor,
                               const void* x, const void* beta, void*, void* y) {
  if (mode != 1 || !plain(alpha, beta)) return NOT_SUPPORTED;
  Tensor t = *static_cast<Tensor*>(tensor);
  emulator::submit([=] {
    each_line(t, [&](auto at) {
      double largest = -INFINITY, sum = 0;
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double value = emulator::load(t.type, x, at(c));
        largest = value > largest || value != value ? value : largest;
      }
      for (int64_t c = 0; c < t.dims[1]; c++) sum += exp(emulator::load(t.type, x, at(c)) - largest);
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double shifted = emulator::load(t.type, x, at(c)) - largest;
        double value = algorithm == 2 ? shifted - log(sum) : exp(shifted) / sum;
        emulator::store(t.type, y, at(c), static_cast<float>(value));
      }
    });
  });
  return SUCCESS;
}
EXPORT int cudnnSoftmaxBackward(void*, int algorithm, int mode, const void* alpha, void* tensor,
                                const void* y, void*, const void* dy, const void* beta, void*,
                                void* dx) {
  if (mode != 1 || !plain(alpha, beta)) return NOT_SUPPORTED;
  Tensor t = *static_cast<Tensor*>(tensor);
  emulator::submit([=] {
    each_line(t, [&](auto at) {
      double sum = 0;
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double upstream = emulator::load(t.type, dy, at(c));
        sum += algorithm == 2 ? upstream : upstream * emulator::load(t.type, y, at(c));
      }
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double upstream = emulator::load(t.type, dy, at(c)), own = emulator::load(t.type, y, at(c));
        double slope = algorithm == 2 ? upstream - exp(own) * sum : own * (upstream - sum);
        emulator::store(t.type, dx, at(c), static_cast<float>(slope));
      }
    });
  });
  return SUCCESS;
}

EXPORT int cudnnLRNCrossChannelForward(void*, void* handle, int mode, const void* alpha,
                                       void* tensor, const void* x, const void* beta, void*,
                                       void* y) {
  if (mode != 0 || !plain(alpha, beta)) return NOT_SUPPORTED;
  Tensor t = *static_cast<Tensor*>(tensor);
  ResponseNorm norm = *static_cast<ResponseNorm*>(handle);
  emulator::submit([=] {
    each_line(t, [&](auto at) {
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double factor = pow(scale_at(norm, t, x, at, c), -norm.beta);
        emulator::store(t.type, y, at(c),
                        static_cast<float>(emulator::load(t.type, x, at(c)) * factor));
      }
    });
  });
  return SUCCESS;
}
EXPORT int cudnnLRNCrossChannelBackward(void*, void* handle, int mode, const void* alpha,
                                        void* tensor, const void*, void*, const void* dy, void*,
                                        const void* x, const void* beta, void*, void* dx) {
  if (mode != 0 || !plain(alpha, beta)) return NOT_SUPPORTED;
  Tensor t = *static_cast<Tensor*>(tensor);
  ResponseNorm norm = *static_cast<ResponseNorm*>(handle);
  emulator::submit([=] {
    each_line(t, [&](auto at) {
      for (int64_t c = 0; c < t.dims[1]; c++) {
        double around = 0;
        for (int64_t i = c - norm.size / 2; i <= c + (norm.size - 1) / 2; i++) {
          if (i < 0 || i >= t.dims[1]) continue;
          around += static_cast<double>(emulator::load(t.type, dy, at(i))) *
                    emulator::load(t.type, x, at(i)) *
                    pow(scale_at(norm, t, x, at, i), -norm.beta - 1);
        }
        double own = emulator::load(t.type, x, at(c));
        double slope = emulator::load(t.type, dy, at(c)) *
                           pow(scale_at(norm, t, x, at, c), -norm.beta) -
                       2 * norm.alpha * norm.beta / norm.size * own * around;
        emulator::store(t.type, dx, at(c), static_cast<float>(slope));
      }
    });
  });
  return SUCCESS;
}
