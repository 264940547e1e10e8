// What the emulated libraries share: the stream, and conversions of element types.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace emulator {

// Runs the work now, or records it if the stream is being captured.
void submit(std::function<void()> work);

inline float from_bfloat16(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

inline uint16_t to_bfloat16(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffff) > 0x7f800000) return static_cast<uint16_t>(bits >> 16 | 0x40);
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

enum class Type { F32, F16, BF16 };

inline float load(Type type, const void* data, int64_t i) {
  switch (type) {
    case Type::F32:
      return static_cast<const float*>(data)[i];
    case Type::F16:
      return static_cast<float>(static_cast<const _Float16*>(data)[i]);
    default:
      return from_bfloat16(static_cast<const uint16_t*>(data)[i]);
  }
}

inline void store(Type type, void* data, int64_t i, float value) {
  switch (type) {
    case Type::F32:
      static_cast<float*>(data)[i] = value;
      return;
    case Type::F16:
      static_cast<_Float16*>(data)[i] = static_cast<_Float16>(value);
      return;
    default:
      static_cast<uint16_t*>(data)[i] = to_bfloat16(value);
  }
}

}  // namespace emulator
