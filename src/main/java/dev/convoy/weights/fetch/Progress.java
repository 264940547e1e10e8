package dev.convoy.weights.fetch;

/** Hears of the bytes that have arrived. */
@FunctionalInterface
public interface Progress {

  Progress NONE = (done, total) -> {};

  /**
   * @param done bytes so far, those of earlier attempts included
   * @param total bytes in the end, 0 if the server does not tell
   */
  void received(long done, long total);
}
