// cuBLASLt: matrix products in columns with a bias epilogue and strided batches.
#include <stdio.h>
#include <stdlib.h>

#include <map>
#include <vector>

#include "emulator.h"

namespace {

constexpr int SUCCESS = 0, INVALID_VALUE = 7, NOT_SUPPORTED = 15;

struct Product {
  int compute;
  int transpose_a = 0, transpose_b = 0, epilogue = 1, bias_type = 0;
  void* bias = nullptr;
};

struct Matrix {
  int type;
  int64_t rows, columns, leading;
  int batch = 1;
  int64_t stride = 0;
};

bool known(int type) { return type == 0 || type == 2 || type == 14; }

emulator::Type element(int type) {
  return type == 0 ? emulator::Type::F32 : type == 2 ? emulator::Type::F16 : emulator::Type::BF16;
}

struct Side {
  emulator::Type type;
  const void* data;
  int64_t leading, stride;
  bool transpose;
  float at(int64_t batch, int64_t row, int64_t column) const {
    int64_t i = transpose ? column + row * leading : row + column * leading;
    return emulator::load(type, data, batch * stride + i);
  }
};

}  // namespace

EXPORT size_t cublasLtGetVersion() { return 130000; }
EXPORT const char* cublasLtGetStatusString(int status) {
  return status == SUCCESS ? "success" : status == INVALID_VALUE ? "invalid value" : "not supported";
}
EXPORT int cublasLtCreate(void** handle) {
  *handle = malloc(1);
  return SUCCESS;
}
EXPORT int cublasLtMatmulDescCreate(void** description, int compute, int scale) {
  if ((compute != 68 && compute != 77) || scale != 0) return NOT_SUPPORTED;
  *description = new Product{compute};
  return SUCCESS;
}
EXPORT int cublasLtMatmulDescSetAttribute(void* handle, int attribute, const void* value,
                                          size_t bytes) {
  auto* product = static_cast<Product*>(handle);
  if (attribute == 8) {
    if (bytes != sizeof(void*)) return INVALID_VALUE;
    memcpy(&product->bias, value, bytes);
    return SUCCESS;
  }
  if (bytes != sizeof(int)) return INVALID_VALUE;
  int number;
  memcpy(&number, value, sizeof number);
  switch (attribute) {
    case 3: product->transpose_a = number; return SUCCESS;
    case 4: product->transpose_b = number; return SUCCESS;
    case 7: product->epilogue = number; return SUCCESS;
    case 26: product->bias_type = number; return SUCCESS;
    default: return NOT_SUPPORTED;
  }
}
EXPORT int cublasLtMatrixLayoutCreate(void** layout, int type, uint64_t rows, uint64_t columns,
                                      int64_t leading) {
  if (!known(type) || leading < static_cast<int64_t>(rows)) return INVALID_VALUE;
  *layout = new Matrix{type, static_cast<int64_t>(rows), static_cast<int64_t>(columns), leading};
  return SUCCESS;
}
EXPORT int cublasLtMatrixLayoutSetAttribute(void* layout, int attribute, const void* value,
                                            size_t bytes) {
  auto* matrix = static_cast<Matrix*>(layout);
  if (attribute == 5 && bytes == sizeof(int)) memcpy(&matrix->batch, value, bytes);
  else if (attribute == 6 && bytes == sizeof(int64_t)) memcpy(&matrix->stride, value, bytes);
  else return INVALID_VALUE;
  return SUCCESS;
}
EXPORT int cublasLtMatmulPreferenceCreate(void** preference) {
  *preference = malloc(64);
  return SUCCESS;
}
// Without these attributes the real library takes all addresses for multiples of 256 bytes.
static std::map<void*, int> alignments;

EXPORT int cublasLtMatmulPreferenceSetAttribute(void* preference, int attribute, const void*,
                                                size_t) {
  alignments[preference] += attribute >= 5 && attribute <= 8 ? 1 : 0;
  return SUCCESS;
}
EXPORT int cublasLtMatmulPreferenceDestroy(void* preference) {
  alignments.erase(preference);
  free(preference);
  return SUCCESS;
}
EXPORT int cublasLtMatmulAlgoGetHeuristic(void*, void*, void* a, void* b, void* c, void* d,
                                          void* preference, int, void*, int* found) {
  if (alignments[preference] < 4) {
    fprintf(stderr, "emulator: cuBLASLt is not told how matrices are aligned\n");
    return INVALID_VALUE;
  }
  auto *left = static_cast<Matrix*>(a), *right = static_cast<Matrix*>(b);
  auto *target = static_cast<Matrix*>(d);
  bool fits = left->type == right->type && c == d && left->batch == right->batch &&
              left->batch == target->batch;
  *found = fits ? 1 : 0;
  return fits ? SUCCESS : NOT_SUPPORTED;
}
EXPORT int cublasLtMatmul(void*, void* handle, const void* alpha, const void* a, void* a_layout,
                          const void* b, void* b_layout, const void* beta, const void*, void*,
                          void* d, void* d_layout, const void*, void*, size_t, void*) {
  Product product = *static_cast<Product*>(handle);
  Matrix ma = *static_cast<Matrix*>(a_layout), mb = *static_cast<Matrix*>(b_layout);
  Matrix md = *static_cast<Matrix*>(d_layout);
  int64_t inner = product.transpose_a ? ma.rows : ma.columns;
  int64_t rows = product.transpose_a ? ma.columns : ma.rows;
  int64_t columns = product.transpose_b ? mb.rows : mb.columns;
  int64_t inner_b = product.transpose_b ? mb.columns : mb.rows;
  if (inner != inner_b || rows != md.rows || columns != md.columns) return INVALID_VALUE;
  if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0) {
    return NOT_SUPPORTED;
  }
  emulator::submit([=] {
    Side left{element(ma.type), a, ma.leading, ma.stride, product.transpose_a != 0};
    Side right{element(mb.type), b, mb.leading, mb.stride, product.transpose_b != 0};
    for (int64_t n = 0; n < md.batch; n++) {
      for (int64_t j = 0; j < columns; j++) {
        for (int64_t i = 0; i < rows; i++) {
          double sum = 0;
          for (int64_t k = 0; k < inner; k++) sum += double{left.at(n, i, k)} * right.at(n, k, j);
          if (product.epilogue == 4) {
            sum += emulator::load(element(product.bias_type), product.bias, i);
          }
          emulator::store(element(md.type), d, n * md.stride + i + j * md.leading,
                          static_cast<float>(sum));
        }
      }
    }
  });
  return SUCCESS;
}
