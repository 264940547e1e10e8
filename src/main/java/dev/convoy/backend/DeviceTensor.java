package dev.convoy.backend;

import dev.convoy.tensor.TensorType;

/**
 * Where the elements of a tensor lie in a GPU's memory: no copy, and no owner of it. The address
 * stays valid until the {@link State} or {@link Program} that gave it is closed, or, for memory
 * that was made elsewhere, until its maker frees it.
 *
 * <p>Work on it belongs on {@link #stream}, on which it comes after everything that Convoy has
 * started and before everything that Convoy starts later. Work on another stream must be finished
 * before Convoy runs, and begin after {@link Program#finish} has returned and a result was fetched.
 *
 * @param layout the order of the elements; variables are always row-major
 * @param address of the first element
 * @param stream handle of the stream ({@code cudaStream_t}), 0 for the default stream
 */
public record DeviceTensor(TensorType type, Layout layout, long address, long stream) {}
