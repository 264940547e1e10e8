/**
 * Networks as data: a {@link dev.convoy.graph.Graph} of {@link dev.convoy.graph.Node}s in an order
 * that can be run.
 *
 * <p>A {@link dev.convoy.graph.GraphBuilder} collects the operators that a model's {@code forward}
 * applies. {@link dev.convoy.graph.Differentiation} appends the gradient, an optimiser appends its
 * update, the passes of {@code graph.pass} rewrite the result:
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder(true);
 * Value x = builder.input("x", TensorType.of(DType.F32, 64, 784));
 * Value w = builder.read(new Variable("weight", TensorType.of(DType.F32, 10, 784)));
 * Value loss = x.apply(MatmulOp.linear(DType.F32), w).apply(ReduceOp.mean(false, 0, 1));
 * Value dw = Differentiation.gradients(builder, loss, List.of(w)).get(w);
 * builder.output("gradient", dw);
 * Graph graph = builder.build();
 * }</pre>
 *
 * <p>A pass is a function from graph to graph that copies nodes with a {@link
 * dev.convoy.graph.GraphCopy}. Graphs are immutable; nothing here computes.
 */
@NullMarked
package dev.convoy.graph;

import org.jspecify.annotations.NullMarked;
