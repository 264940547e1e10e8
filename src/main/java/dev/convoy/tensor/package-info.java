/**
 * Concrete data and its description.
 *
 * <p>A {@link dev.convoy.tensor.Shape} holds the extents, a {@link dev.convoy.tensor.DType} the
 * element type, a {@link dev.convoy.tensor.TensorType} both; a {@link dev.convoy.tensor.Tensor}
 * adds the elements:
 *
 * <pre>{@code
 * Tensor picture = Tensor.of(new float[3 * 32 * 32], 1, 3, 32, 32);
 * double red = picture.at(0, 0, 5, 7);
 * Tensor half = picture.cast(DType.F16);
 * }</pre>
 *
 * <p>Nothing here computes: operators live in {@code op}, their kernels in {@code backend}.
 */
@NullMarked
package dev.convoy.tensor;

import org.jspecify.annotations.NullMarked;
