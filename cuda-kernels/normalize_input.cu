// Pictures as decoders give them, u8, to normalised activations: (x − mean)·factor a channel. The
// first convolution wants 4 or 8 channels: those past the picture's are zero.
#include "elements.cuh"

// x N×H×W×C, or N×C×H×W with `planes`; y N×H×W×P with P ≥ C; mean and factor C floats in units of
// u8, for example 255·0.485 and 1/(255·0.229). A thread writes a pixel.
extern "C" __global__ void __launch_bounds__(256)
    ENTRY(normalize_input)(const uint8* __restrict__ x, const float* __restrict__ mean,
                           const float* __restrict__ factor, Element* __restrict__ y, int pictures,
                           int plane, int channels, int padded, int planes) {
  int64 pixels = static_cast<int64>(pictures) * plane;
  for (int64 pixel = thread_index(); pixel < pixels; pixel += thread_count()) {
    int64 picture = pixel / plane;
    int64 first = planes ? picture * channels * plane + (pixel - picture * plane) : pixel * channels;
    int64 step = planes ? plane : 1;
    for (int start = 0; start < padded; start += 8) {
      Octet values;
#pragma unroll
      for (int k = 0; k < 8; k++) {
        int c = start + k;
        values.v[k] = c < channels ? (x[first + c * step] - mean[c]) * factor[c] : 0.0f;
      }
      store_octet(y + pixel * padded + start, values, smaller(8, padded - start), padded % 8 == 0);
    }
  }
}
