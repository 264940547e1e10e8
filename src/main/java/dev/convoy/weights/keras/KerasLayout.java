package dev.convoy.weights.keras;

import dev.convoy.tensor.Tensor;

/** From Keras' order of axes to ours; the elements stay the same. */
final class KerasLayout {

  private KerasLayout() {}

  /** H×W×I×O to O×I×H×W. */
  static Tensor convolution(KerasArray kernel) {
    int[] s = kernel.shape();
    int height = s[0];
    int width = s[1];
    int inputs = s[2];
    int outputs = s[3];
    float[] to = new float[kernel.values().length];
    int from = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int i = 0; i < inputs; i++) {
          for (int o = 0; o < outputs; o++) {
            to[((o * inputs + i) * height + y) * width + x] = kernel.values()[from++];
          }
        }
      }
    }
    return Tensor.of(to, outputs, inputs, height, width);
  }

  /** H×W×C×M to C·M×1×H×W: channel c makes the M outputs from c·M. */
  static Tensor depthwise(KerasArray kernel) {
    int[] s = kernel.shape();
    int height = s[0];
    int width = s[1];
    int outputs = s[2] * s[3];
    float[] to = new float[kernel.values().length];
    int from = 0;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        for (int o = 0; o < outputs; o++) {
          to[(o * height + y) * width + x] = kernel.values()[from++];
        }
      }
    }
    return Tensor.of(to, outputs, 1, height, width);
  }

  /** I×O to O×I. */
  static Tensor matrix(KerasArray kernel) {
    return flattened(kernel, 1, kernel.shape()[0]);
  }

  /**
   * I×O to O×I where the input is a flattened picture: Keras flattens H×W×C, we C×H×W.
   *
   * @param pixels H·W
   * @param channels C, with pixels·channels = I
   */
  static Tensor flattened(KerasArray kernel, int pixels, int channels) {
    int inputs = kernel.shape()[0];
    int outputs = kernel.shape()[1];
    float[] to = new float[kernel.values().length];
    for (int pixel = 0; pixel < pixels; pixel++) {
      for (int c = 0; c < channels; c++) {
        int from = (pixel * channels + c) * outputs;
        for (int o = 0; o < outputs; o++) {
          to[o * inputs + c * pixels + pixel] = kernel.values()[from + o];
        }
      }
    }
    return Tensor.of(to, outputs, inputs);
  }

  static Tensor vector(KerasArray array) {
    return Tensor.of(array.values().clone(), array.values().length);
  }

  /** O×I×H×W with the I inputs in reverse: red for blue. */
  static Tensor reversedInputs(Tensor kernel) {
    int[] s = kernel.shape().dims();
    Tensor reversed = Tensor.zeros(kernel.type());
    int plane = s[2] * s[3];
    for (int o = 0; o < s[0]; o++) {
      for (int i = 0; i < s[1]; i++) {
        for (int p = 0; p < plane; p++) {
          reversed.set(
              (o * s[1] + i) * plane + p, kernel.get((o * s[1] + s[1] - 1 - i) * plane + p));
        }
      }
    }
    return reversed;
  }
}
