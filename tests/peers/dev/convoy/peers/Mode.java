package dev.convoy.peers;

/** What a step is: a training step or one forward pass. */
enum Mode {
  /** Forward, loss, backward, optimiser's update. */
  TRAIN,
  /** Forward with running statistics, no gradients. */
  INFER
}
