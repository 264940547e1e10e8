/**
 * Rewrites of graphs. Each is a function from graph to graph that keeps what the outputs and
 * assignments mean; none changes its argument.
 *
 * <pre>{@code
 * Graph fast = DeadNodes.apply(FuseConvolution.apply(FoldBatchNorm.apply(graph)));
 * }</pre>
 *
 * <p>A pass walks the nodes in order and copies them with a {@link dev.convoy.graph.GraphCopy},
 * putting other operators in the place of what it recognises. {@link dev.convoy.graph.Verifier}
 * checks its result in tests.
 */
@NullMarked
package dev.convoy.graph.pass;

import org.jspecify.annotations.NullMarked;
