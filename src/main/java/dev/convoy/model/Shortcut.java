package dev.convoy.model;

/**
 * What a residual block adds to its branch F(x): the shortcuts of table 1 of He et al., Identity
 * mappings in deep residual networks (2016).
 */
enum Shortcut {
  /** Nothing: a plain network. */
  NONE,
  /** x. */
  IDENTITY,
  /** 0.5·x. */
  HALF,
  /** (1−g)·x beside g·F(x), with the gate g = σ(1×1 convolution of x) (highway networks). */
  EXCLUSIVE_GATE,
  /** (1−g)·x beside F(x). */
  SHORTCUT_GATE,
  /** A 1×1 convolution of x with batch normalisation, in every block (option C). */
  CONVOLUTION,
  /** Half of x dropped at random in training. */
  DROPOUT
}
