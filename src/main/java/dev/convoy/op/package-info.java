/**
 * The operators: what they mean, not how they are computed.
 *
 * <p>An {@link dev.convoy.op.Op} is a record of attributes with three rules: {@code infer} gives
 * the types of its outputs or says in numbers what is wrong; {@code gradient} emits the operators
 * that compute its gradient; {@code macs} counts its multiply-adds. Gradient operators are
 * operators like any other, nested in the record that they belong to ({@code Conv2dOp.GradWeight}).
 *
 * <p>Operators are applied to symbolic {@link dev.convoy.op.Value}s:
 *
 * <pre>{@code
 * Value y = x.apply(new Conv2dOp(Window2d.of(3).padding(1)), weight, bias).apply(UnaryOp.RELU);
 * }</pre>
 *
 * <p>Prefer a composite of existing operators to a new one: it inherits its gradient and runs on
 * every backend. A new record pays off when a kernel can do something that a composite cannot.
 */
@NullMarked
package dev.convoy.op;

import org.jspecify.annotations.NullMarked;
