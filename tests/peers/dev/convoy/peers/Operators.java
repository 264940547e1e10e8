package dev.convoy.peers;

/**
 * The operators of the measured networks, over values of type {@code V}.
 *
 * <p>Every operator <b>takes</b> its inputs: a value may not be used again afterwards, so that an
 * eager rival can free it, or overwrite it, at once. A value needed twice is {@link #share shared}
 * first.
 *
 * <p>Names are those of torchvision's parameters and identify a layer: the same name gives the same
 * weights on every call.
 */
interface Operators<V> {

  /** A second hold on the same value. */
  V share(V x);

  /** Convolution with a square kernel: N×inputs×H×W to N×outputs×H'×W'. */
  V convolution(V x, String name, Convolution attributes);

  /** Batch normalisation of N×C×H×W; running statistics in inference. */
  V batchNorm(V x, String name, int channels);

  V relu(V x);

  V add(V x, V y);

  V maxPool(V x, int kernel, int stride, int padding);

  /** N×C×H×W to N×C×1×1. */
  V globalAveragePool(V x);

  /** N×… to N×features. */
  V flatten(V x);

  /** N×inputs to N×outputs, with bias. */
  V linear(V x, String name, int inputs, int outputs);

  /** Attributes of a square convolution. */
  record Convolution(int inputs, int outputs, int kernel, int stride, int padding, boolean bias) {}
}
