/**
 * Weights that Keras saved in HDF5: {@code .h5} of Keras 1 and 2, whole models among them, and
 * {@code .weights.h5} of Keras 3.
 *
 * <p>Three steps, each apart. {@code KerasHdf5} takes the arrays out of the file, with the layer
 * and the role of each. {@code KerasLayout} brings them into our order of axes: kernels from
 * H×W×I×O to O×I×H×W, depthwise ones from H×W×C×M to C·M×1×H×W, matrices from I×O to O×I. {@code
 * KerasFamily} holds, for a model that Keras ships, which layer is which of ours; a file whose
 * layers are none of these keeps its own names.
 *
 * <p>What a family does differently is made good in the numbers where that is exact: another ε of
 * batch normalisation by adding the difference to the running variance, colours in the order blue,
 * green, red by turning the first kernel around, and the order of a flattened picture by permuting
 * the columns of the matrix behind it. What cannot be made good is said in the file's {@code note}.
 *
 * <pre>{@code
 * KerasFile file = KerasFile.read(Path.of("vgg16_weights_tf_dim_ordering_tf_kernels.h5"));
 * Tensor kernel = file.tensors().get("features.0.weight"); // 64×3×3×3
 * }</pre>
 */
@NullMarked
package dev.convoy.weights.keras;

import org.jspecify.annotations.NullMarked;
