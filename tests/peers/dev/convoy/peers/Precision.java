package dev.convoy.peers;

/** The number format in which convolutions and matrix products are computed. */
enum Precision {
  F32,
  BF16
}
