/**
 * The oracle: what every operator means, in plain Java.
 *
 * <p>Each value is an array of doubles in rows of N×C×H×W. A kernel computes in double precision
 * and the result is rounded once to the value's element type, so that the error is that of the type
 * and not of the method. Kernels are written to be read; the only concession to speed is that large
 * loops run over several threads, each of which writes its own part of the output, so that results
 * do not depend on their number.
 *
 * <p>A new kernel is one static factory from node to {@code ReferenceKernel} and one line in {@code
 * ReferenceKernels}.
 */
@NullMarked
package dev.convoy.backend.reference;

import org.jspecify.annotations.NullMarked;
