// Inverted dropout (dev.convoy.op.DropoutOp) with Philox4x32-10 (Salmon et al., 2011): the same mask
// as on every other backend. The gradient is the same kernel.
#include "elements.cuh"

struct Words {
  uint32 v[4];
};

__device__ __forceinline__ Words philox(uint32 key0, uint32 key1, uint32 c0, uint32 c1, uint32 c2,
                                        uint32 c3) {
#pragma unroll
  for (int round = 0; round < 10; round++) {
    uint32 high0 = __umulhi(0xD2511F53u, c0);
    uint32 low0 = 0xD2511F53u * c0;
    uint32 high1 = __umulhi(0xCD9E8D57u, c2);
    uint32 low1 = 0xCD9E8D57u * c2;
    c0 = high1 ^ c1 ^ key0;
    c1 = low1;
    c2 = high0 ^ c3 ^ key1;
    c3 = low0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return Words{{c0, c1, c2, c3}};
}

__device__ __forceinline__ float kept_or_zero(float x, uint32 word, int64 threshold, float factor) {
  return word < threshold ? 0.0f : x * factor;
}

// Elements are numbered N×C×H×W whatever their order in memory, and four in a row share the words
// of one counter. x and y are `pictures` × `plane` × `channels` in memory (row-major values: one
// picture, one channel). A thread takes one such four within a plane, neighbouring threads
// neighbouring channels: few random words, whole sectors of memory. key: seed and step, two words
// each, in device memory, so that a captured step advances.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(dropout)(const Element* __restrict__ x, const int* __restrict__ key,
                   Element* __restrict__ y, int64 pictures, int plane, int channels, uint32 stream,
                   int64 threshold, float factor) {
  int64 fours = (plane + 6) / 4;
  int64 total = pictures * fours * channels;
  for (int64 t = thread_index(); t < total; t += thread_count()) {
    Split lane = split(t, channels);
    Split place = split(lane.quotient, fours);
    int64 channel = lane.remainder;
    int64 picture = place.quotient;
    int64 start = (picture * channels + channel) * plane;
    int64 four = start / 4 + place.remainder;
    int64 begin = four * 4 - start;
    if (begin >= plane) {
      continue;
    }
    Words words = philox(key[0], key[1], static_cast<uint32>(four), stream, key[2], key[3]);
#pragma unroll
    for (int j = 0; j < 4; j++) {
      int64 position = begin + j;
      if (position >= 0 && position < plane) {
        int64 i = (picture * plane + position) * channels + channel;
        assign(y + i, kept_or_zero(to_float(x[i]), words.v[j], threshold, factor));
      }
    }
  }
}

// Whole planes or examples are dropped: unit (i / inner)·channels + i mod channels of the element i
// in memory. Planes of channels-last pictures: inner is a picture, channels are C; otherwise inner
// is a plane or an example and channels 1. The random words are computed anew for each element.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(dropout_units)(const Element* __restrict__ x, const int* __restrict__ key,
                         Element* __restrict__ y, int64 count, uint32 inner, uint32 channels,
                         uint32 stream, int64 threshold, float factor) {
  for (int64 t = thread_index(); t < count; t += thread_count()) {
    uint32 i = static_cast<uint32>(t);
    uint32 unit = i / inner * channels + i % channels;
    Words words = philox(key[0], key[1], unit / 4, stream, key[2], key[3]);
    uint32 word = words.v[0];
#pragma unroll
    for (int j = 1; j < 4; j++) {
      word = static_cast<int>(unit % 4) == j ? words.v[j] : word;
    }
    assign(y + t, kept_or_zero(to_float(x[t]), word, threshold, factor));
  }
}
