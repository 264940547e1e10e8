// Element types, eights of channels, and index arithmetic shared by all kernels.
//
// A source is compiled once an element type: with ELEMENT_F32, ELEMENT_F16 or ELEMENT_BF16 defined,
// `Element` is that type and ENTRY(name) ends in its name. No toolkit header is included, so that
// NVRTC needs nothing but these files; the same text compiles as C++ on the host for tests.
#pragma once

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef long long int64;

// Bits of the 16-bit types; arithmetic is always done in float.
struct Half {
  uint16 bits;
};
struct BFloat {
  uint16 bits;
};

#define JOIN_TOKENS(a, b) a##b
#if defined(ELEMENT_F32)
typedef float Element;
#define ENTRY(name) JOIN_TOKENS(name, _f32)
#elif defined(ELEMENT_F16)
typedef Half Element;
#define ENTRY(name) JOIN_TOKENS(name, _f16)
#elif defined(ELEMENT_BF16)
typedef BFloat Element;
#define ENTRY(name) JOIN_TOKENS(name, _bf16)
#else
#error "define ELEMENT_F32, ELEMENT_F16 or ELEMENT_BF16"
#endif

#ifdef CONVOY_ON_HOST
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(dynamic_shared_memory())
#else
extern __shared__ __align__(16) unsigned char dynamic_shared_bytes[];
#define DYNAMIC_SHARED(type, name) type* name = reinterpret_cast<type*>(dynamic_shared_bytes)
#endif

__device__ __forceinline__ float bits_to_float(uint32 bits) {
  return __uint_as_float(bits);
}

__device__ __forceinline__ float infinity() {
  return bits_to_float(0x7f800000u);
}

__device__ __forceinline__ float to_float(float x) {
  return x;
}

__device__ __forceinline__ float to_float(BFloat x) {
  return bits_to_float(static_cast<uint32>(x.bits) << 16);
}

#ifdef __CUDA_ARCH__

__device__ __forceinline__ float to_float(Half x) {
  float wide;
  asm("cvt.f32.f16 %0, %1;" : "=f"(wide) : "h"(x.bits));
  return wide;
}

// Two elements in one word, the first in the lower half.
__device__ __forceinline__ uint32 pack(Half, float first, float second) {
  uint32 packed;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(second), "f"(first));
  return packed;
}

__device__ __forceinline__ uint32 pack(BFloat, float first, float second) {
  uint32 packed;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(second), "f"(first));
  return packed;
}

#else  // Scalar conversions of the host build: to nearest, ties to even, as the instructions do.

inline float to_float(Half x) {
  uint32 sign = static_cast<uint32>(x.bits & 0x8000) << 16;
  uint32 exponent = (x.bits >> 10) & 0x1f;
  uint32 fraction = x.bits & 0x3ff;
  if (exponent == 0x1f) {
    return bits_to_float(sign | 0x7f800000u | fraction << 13);
  }
  if (exponent == 0) {
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign == 0 ? magnitude : -magnitude;
  }
  return bits_to_float(sign | (exponent + 112) << 23 | fraction << 13);
}

inline uint16 round_to(Half, float x) {
  uint32 bits = __float_as_uint(x);
  uint32 sign = bits >> 16 & 0x8000;
  uint32 magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    return static_cast<uint16>(sign | 0x7e00);
  }
  if (magnitude >= 0x47800000) {
    return static_cast<uint16>(sign | 0x7c00);
  }
  if (magnitude < 0x38800000) {
    // Floats in [0.5, 1) are 2^-24 apart, and so are subnormal halves: the sum rounds as wanted.
    float aligned = bits_to_float(magnitude) + 0.5f;
    return static_cast<uint16>(sign | (__float_as_uint(aligned) - 0x3f000000));
  }
  uint32 rebiased = magnitude - (112u << 23);
  return static_cast<uint16>(sign | (rebiased + 0xfff + (rebiased >> 13 & 1)) >> 13);
}

inline uint16 round_to(BFloat, float x) {
  uint32 bits = __float_as_uint(x);
  if ((bits & 0x7fffffff) > 0x7f800000) {
    return static_cast<uint16>(bits >> 16 | 0x40);
  }
  return static_cast<uint16>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

template <typename T>
inline uint32 pack(T type, float first, float second) {
  return round_to(type, first) | static_cast<uint32>(round_to(type, second)) << 16;
}

#endif

__device__ __forceinline__ void assign(float* target, float value) {
  *target = value;
}

template <typename T>
__device__ __forceinline__ void assign(T* target, float value) {
  target->bits = static_cast<uint16>(pack(T(), value, 0.0f));
}

// The value that an element holds after rounding to T.
template <typename T>
__device__ __forceinline__ float rounded_to(float value) {
  T element;
  assign(&element, value);
  return to_float(element);
}

// Eight neighbouring channels: 16 bytes of a 16-bit type, the widest load there is.
struct Octet {
  float v[8];
};

__device__ __forceinline__ Octet octet_of(float value) {
  Octet o;
#pragma unroll
  for (int k = 0; k < 8; k++) {
    o.v[k] = value;
  }
  return o;
}

__device__ __forceinline__ Octet unpack(float, const uint4* words) {
  uint4 a = words[0];
  uint4 b = words[1];
  return Octet{{bits_to_float(a.x), bits_to_float(a.y), bits_to_float(a.z), bits_to_float(a.w),
                bits_to_float(b.x), bits_to_float(b.y), bits_to_float(b.z), bits_to_float(b.w)}};
}

template <typename T>
__device__ __forceinline__ Octet unpack(T, const uint4* words) {
  uint4 a = *words;
  uint32 w[4] = {a.x, a.y, a.z, a.w};
  Octet o;
#pragma unroll
  for (int k = 0; k < 4; k++) {
    T low = {static_cast<uint16>(w[k])};
    T high = {static_cast<uint16>(w[k] >> 16)};
    o.v[2 * k] = to_float(low);
    o.v[2 * k + 1] = to_float(high);
  }
  return o;
}

__device__ __forceinline__ uint4 make_words(uint32 x, uint32 y, uint32 z, uint32 w) {
  uint4 words;
  words.x = x;
  words.y = y;
  words.z = z;
  words.w = w;
  return words;
}

__device__ __forceinline__ void store_words(float*, uint4* words, const Octet& o) {
  words[0] = make_words(__float_as_uint(o.v[0]), __float_as_uint(o.v[1]), __float_as_uint(o.v[2]),
                        __float_as_uint(o.v[3]));
  words[1] = make_words(__float_as_uint(o.v[4]), __float_as_uint(o.v[5]), __float_as_uint(o.v[6]),
                        __float_as_uint(o.v[7]));
}

template <typename T>
__device__ __forceinline__ void store_words(T*, uint4* words, const Octet& o) {
  T type = T();
  *words = make_words(pack(type, o.v[0], o.v[1]), pack(type, o.v[2], o.v[3]),
                      pack(type, o.v[4], o.v[5]), pack(type, o.v[6], o.v[7]));
}

// Loads up to eight elements; `count` below eight leaves zeros behind them. With `aligned` all
// eight are there and the address is a multiple of 16 bytes.
template <typename T>
__device__ __forceinline__ Octet load_octet(const T* source, int count, bool aligned) {
  if (aligned) {
    return unpack(T(), reinterpret_cast<const uint4*>(source));
  }
  Octet o;
#pragma unroll
  for (int k = 0; k < 8; k++) {
    o.v[k] = k < count ? to_float(source[k]) : 0.0f;
  }
  return o;
}

template <typename T>
__device__ __forceinline__ void store_octet(T* target, const Octet& o, int count, bool aligned) {
  if (aligned) {
    store_words(target, reinterpret_cast<uint4*>(target), o);
    return;
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    if (k < count) {
      assign(target + k, o.v[k]);
    }
  }
}

// Eight elements on their way from memory. The loads of several are begun, without a condition
// between them, before the first is looked at: a conversion right behind its load would wait for
// it, and a thread would have one load in flight instead of all.
template <bool WHOLE>
struct Pending {
  uint4 words[sizeof(Element) / 2];

  __device__ __forceinline__ void begin(const Element* source, int) {
    const uint4* from = reinterpret_cast<const uint4*>(source);
#pragma unroll
    for (unsigned i = 0; i < sizeof(Element) / 2; i++) {
      words[i] = from[i];
    }
  }

  __device__ __forceinline__ Octet value() const {
    return unpack(Element(), words);
  }
};

// Where the addresses are not multiples of 16 or some of the eight are missing.
template <>
struct Pending<false> {
  Octet octet;

  __device__ __forceinline__ void begin(const Element* source, int count) {
    octet = load_octet(source, count, false);
  }

  __device__ __forceinline__ Octet value() const {
    return octet;
  }
};

struct IntOctet {
  int v[8];
};

__device__ __forceinline__ IntOctet load_ints(const int* source, int count, bool aligned) {
  IntOctet o;
  if (aligned) {
    const uint4* words = reinterpret_cast<const uint4*>(source);
    uint4 a = words[0];
    uint4 b = words[1];
    o.v[0] = static_cast<int>(a.x);
    o.v[1] = static_cast<int>(a.y);
    o.v[2] = static_cast<int>(a.z);
    o.v[3] = static_cast<int>(a.w);
    o.v[4] = static_cast<int>(b.x);
    o.v[5] = static_cast<int>(b.y);
    o.v[6] = static_cast<int>(b.z);
    o.v[7] = static_cast<int>(b.w);
    return o;
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    o.v[k] = k < count ? source[k] : -1;
  }
  return o;
}

__device__ __forceinline__ void store_ints(int* target, const IntOctet& o, int count,
                                           bool aligned) {
  if (aligned) {
    uint4* words = reinterpret_cast<uint4*>(target);
    words[0] = make_words(static_cast<uint32>(o.v[0]), static_cast<uint32>(o.v[1]),
                          static_cast<uint32>(o.v[2]), static_cast<uint32>(o.v[3]));
    words[1] = make_words(static_cast<uint32>(o.v[4]), static_cast<uint32>(o.v[5]),
                          static_cast<uint32>(o.v[6]), static_cast<uint32>(o.v[7]));
    return;
  }
#pragma unroll
  for (int k = 0; k < 8; k++) {
    if (k < count) {
      target[k] = o.v[k];
    }
  }
}

// A parameter that is stored in f32 (`wide`) or in the element type.
__device__ __forceinline__ float load_parameter(const void* parameters, int64 i, int wide) {
  return wide ? static_cast<const float*>(parameters)[i]
              : to_float(static_cast<const Element*>(parameters)[i]);
}

__device__ __forceinline__ void store_parameter(void* parameters, int64 i, int wide, float value) {
  if (wide) {
    static_cast<float*>(parameters)[i] = value;
  } else {
    assign(static_cast<Element*>(parameters) + i, value);
  }
}

// Number of this thread in the grid, and of all threads: the ends of a grid-stride loop.
__device__ __forceinline__ int64 thread_index() {
  return static_cast<int64>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ int64 thread_count() {
  return static_cast<int64>(gridDim.x) * blockDim.x;
}

// Quotient and remainder of positions: a tensor has fewer than 2³¹ elements, and a division of 64
// bits takes as long as a dozen of these.
struct Split {
  uint32 quotient;
  uint32 remainder;
};

__device__ __forceinline__ Split split(int64 position, int64 by) {
  uint32 whole = static_cast<uint32>(position);
  uint32 divisor = static_cast<uint32>(by);
  Split parts;
  parts.quotient = whole / divisor;
  parts.remainder = whole - parts.quotient * divisor;
  return parts;
}

__device__ __forceinline__ int ceil_divide(int a, int b) {
  return (a + b - 1) / b;
}

__device__ __forceinline__ int smaller(int a, int b) {
  return a < b ? a : b;
}

__device__ __forceinline__ int larger(int a, int b) {
  return a > b ? a : b;
}

// Pictures N×H×W×C in memory.
struct Picture {
  int batch;
  int height;
  int width;
  int channels;
};

// Where a thread of a picture kernel works: blocks go over rows (n, h) and, within a row, over
// pixels and eights of channels; the threads of a warp read neighbouring channels.
struct Place {
  int n;
  int h;
  int w;
  int channel;
  int count;     // channels of this eight: 8, or fewer at the end
  bool aligned;  // whether 16-byte loads are possible
  int64 offset;  // of the first channel in the picture
};

__device__ __forceinline__ int row_units(const Picture& p) {
  return p.width * ceil_divide(p.channels, 8);
}

__device__ __forceinline__ Place place_at(const Picture& p, int row, int unit) {
  int octets = ceil_divide(p.channels, 8);
  Place at;
  at.n = row / p.height;
  at.h = row - at.n * p.height;
  at.w = unit / octets;
  at.channel = (unit - at.w * octets) * 8;
  at.count = smaller(8, p.channels - at.channel);
  at.aligned = p.channels % 8 == 0;
  at.offset = (static_cast<int64>(row) * p.width + at.w) * p.channels + at.channel;
  return at;
}

// Visits every place of a picture: gridDim.y and blockDim.y over rows, x within a row.
template <typename Body>
__device__ __forceinline__ void for_each_place(const Picture& p, Body body) {
  int rows = p.batch * p.height;
  int units = row_units(p);
  for (int row = blockIdx.y * blockDim.y + threadIdx.y; row < rows; row += gridDim.y * blockDim.y) {
    for (int unit = blockIdx.x * blockDim.x + threadIdx.x; unit < units;
         unit += gridDim.x * blockDim.x) {
      body(place_at(p, row, unit));
    }
  }
}

__device__ __forceinline__ int64 offset_of(const Picture& p, int n, int h, int w, int channel) {
  return ((static_cast<int64>(n) * p.height + h) * p.width + w) * p.channels + channel;
}
