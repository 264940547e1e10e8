/**
 * Layers: what networks are built from.
 *
 * <p>A {@link dev.convoy.nn.Layer} registers its children and parameters in its constructor and
 * applies operators in {@code forward}:
 *
 * <pre>{@code
 * final class Net extends Layer {
 *   private final Conv2d conv = child("conv", new Conv2d(1, 8, Window2d.of(3).padding(1)));
 *   private final Linear fc = child("fc", new Linear(8 * 28 * 28, 10));
 *
 *   @Override
 *   protected Value forward(Value x) {
 *     Value h = conv.apply(x).apply(UnaryOp.RELU);
 *     return fc.apply(h.apply(ReshapeOp.flatten(h.shape())));
 *   }
 * }
 * }</pre>
 *
 * <p>Applying a layer does not compute anything: it traces the layer into the graph that the input
 * belongs to. Functions without parameters need no layer, they are operators; the layers for them
 * exist for {@link dev.convoy.nn.Sequential}. Parameters are kept in f32 whatever the precision of
 * the activations is. {@link dev.convoy.nn.Initializers} fill them.
 *
 * <p>A {@link dev.convoy.nn.Loss} makes the scalar that is differentiated:
 *
 * <pre>{@code
 * Value loss = new CrossEntropy(0.1).mean(new Net().apply(pictures), labels);
 * }</pre>
 */
@NullMarked
package dev.convoy.nn;

import org.jspecify.annotations.NullMarked;
