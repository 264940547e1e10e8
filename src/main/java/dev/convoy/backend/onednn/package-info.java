/**
 * The fast CPU backend.
 *
 * <p>{@link dev.convoy.backend.onednn.OneDnnBackend} lowers a graph: a kernel of the table creates
 * oneDNN primitives for each node and adds them to the {@code Lowering}, which knows where every
 * value lives ({@code Storage}), in which order ({@code LayoutAssignment}) and how long. When all
 * nodes are lowered, one arena is allocated, touched, and every primitive's memory is bound to its
 * place in it. What depends on variables alone, such as weights brought into the order that a
 * convolution prefers, is computed again only when a variable was written.
 *
 * <p>A new kernel is one static method that takes a node and the lowering, and one line in {@code
 * OneDnnKernels}. Where oneDNN has no primitive, or one that goes element by element, a kernel of
 * our own runs on all cores: in Java ({@code ThreadTeam}) over pieces of rows ({@code FloatRows};
 * {@code ElementwiseRows} for elementwise functions with repetition), or in C++ where Java is too
 * slow ({@code NativeKernels}, {@code native/}). {@code ReferenceFallback} runs the rest.
 */
@NullMarked
package dev.convoy.backend.onednn;

import org.jspecify.annotations.NullMarked;
