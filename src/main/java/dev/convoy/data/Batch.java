package dev.convoy.data;

import dev.convoy.tensor.Tensor;

/**
 * What a program takes in one step. Its size N is fixed; only the first {@code count} pictures are
 * real, the rest are zeros with label 0.
 *
 * @param pictures f32 N×C×H×W, normalised, or u8 as the data set has them
 * @param labels i32 N, each 0 ≤ label < classes
 * @param count real pictures, 1 to N
 */
public record Batch(Tensor pictures, Tensor labels, int count) {}
