package dev.convoy.onnx;

/**
 * The batch of a trace, and the batch that the file was exported with. Exporters without a free
 * batch write it into the targets of reshapes; there the batch of the trace takes its place.
 *
 * @param exported what the file's input says, -1 if its batch is free
 * @param traced pictures in this trace
 */
record BatchAxis(long exported, int traced) {

  /** While constants are folded no pictures are seen. */
  static final BatchAxis NONE = new BatchAxis(-1, -1);

  /** A reshape's target for an input with this many rows. */
  long[] retarget(long[] target, int rows) {
    if (target.length < 2 || target[0] != exported || rows != traced) {
      return target;
    }
    long[] changed = target.clone();
    changed[0] = traced;
    return changed;
  }
}
