package dev.convoy.backend.cuda;

import org.jspecify.annotations.Nullable;

/**
 * Where a fed value arrives.
 *
 * @param arrival takes the rows as the host has them
 * @param reorder brings them into the value's own place; null if they arrive there
 */
record CudaInput(DevicePlace arrival, @Nullable DeviceKernel reorder) {}
