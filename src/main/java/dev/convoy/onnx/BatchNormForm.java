package dev.convoy.onnx;

/** What becomes of batch normalisation in an exported file. */
public enum BatchNormForm {
  /** Folded into the convolution before it, where there is one: faster wherever it runs. */
  FOLDED,
  /** An operator of its own with all its parameters: the file can be trained further. */
  SEPARATE
}
