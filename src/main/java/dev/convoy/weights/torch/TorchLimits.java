package dev.convoy.weights.torch;

/** What no honest file reaches: a checkpoint with 65,536 tensors stays below half of each. */
final class TorchLimits {

  static final long PICKLE_BYTES = 100_000_000;
  static final int OPCODES = 5_000_000;
  static final int STACK = 1_000_000;
  static final int OPEN_MARKS = 256;
  static final int MEMO = 2_000_000;
  static final int STRING_BYTES = 1 << 20;
  static final int INTEGER_BYTES = 64;
  static final int TENSORS = 65_536;
  static final int RANK = 64;
  static final int ZIP_ENTRIES = 200_000;

  /** How many times larger than the file what comes out of it may be. */
  static final int EXPANSION = 100;

  private TorchLimits() {}
}
