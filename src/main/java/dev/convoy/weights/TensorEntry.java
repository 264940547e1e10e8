package dev.convoy.weights;

import dev.convoy.tensor.TensorType;

/**
 * One tensor as the header describes it.
 *
 * @param begin first byte, counted from the end of the header
 * @param end one past the last byte
 */
record TensorEntry(String name, TensorType type, long begin, long end) {}
