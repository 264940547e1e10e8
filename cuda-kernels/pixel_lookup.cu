// Bytes of pictures as normalised activations, by a table for each channel
// (dev.convoy.op.PixelLookupOp). Pictures come as bytes because that is a quarter of what f32 takes
// on the way to the device.
#include "elements.cuh"

const int BYTES = 256;

// x and y N×H×W×C; table C×256 in f32 (`wide`) or the element type, which stays in the cache. A
// thread takes 8 neighbouring elements, whatever channels they belong to.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(pixel_lookup)(const uint8* __restrict__ x, const void* __restrict__ table,
                        Element* __restrict__ y, int64 count, int channels, int wide) {
  for (int64 i = thread_index() * 8; i < count; i += thread_count() * 8) {
    int64 left = count - i;
    bool whole = left >= 8;
    uint8 bytes[8];
    if (whole) {  // addresses are multiples of 8 here
      const uint32* words = reinterpret_cast<const uint32*>(x + i);
      uint32 low = words[0];
      uint32 high = words[1];
#pragma unroll
      for (int k = 0; k < 4; k++) {
        bytes[k] = static_cast<uint8>(low >> 8 * k);
        bytes[k + 4] = static_cast<uint8>(high >> 8 * k);
      }
    } else {
#pragma unroll
      for (int k = 0; k < 8; k++) {
        bytes[k] = k < left ? x[i + k] : 0;
      }
    }
    int channel = static_cast<int>(split(i, channels).remainder);
    Octet values;
#pragma unroll
    for (int k = 0; k < 8; k++) {
      values.v[k] = load_parameter(table, channel * BYTES + bytes[k], wide);
      channel = channel + 1 == channels ? 0 : channel + 1;
    }
    store_octet(y + i, values, whole ? 8 : static_cast<int>(left), whole);
  }
}
