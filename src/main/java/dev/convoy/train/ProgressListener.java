package dev.convoy.train;

/** Hears how a run goes, on the training thread; whoever draws slowly slows training. */
public interface ProgressListener {

  /** Ignores everything. */
  ProgressListener NONE = new ProgressListener() {};

  /** After each step. */
  default void stepped(EpochProgress progress) {}

  /** After each batch of the validation that follows an epoch. */
  default void validated(int batch, int batches) {}

  /**
   * After an epoch's validation, before it is saved.
   *
   * @param epochs in the whole run
   */
  default void finished(EpochRecord epoch, int epochs) {}
}
