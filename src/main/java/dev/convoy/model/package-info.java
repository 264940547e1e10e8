/**
 * The zoo: one file a family, built from layers of {@code nn}, with torchvision's parameter names.
 *
 * <pre>{@code
 * Layer model = ModelZoo.named("resnet50").build(Shape.of(3, 224, 224), 1000);
 * }</pre>
 *
 * <p>A new family is a class with a method {@code models()} that describes its members, and a line
 * in {@link dev.convoy.model.ModelZoo}. Shared parts: {@link dev.convoy.model.FeatureClassifier}
 * for networks of features, pooling and classifier; {@link dev.convoy.model.Branches} and {@link
 * dev.convoy.model.ConvUnit} for Inception modules; {@link dev.convoy.model.CifarBlock} for
 * residual blocks with other shortcuts.
 *
 * <p>A classifier that only training applies is registered by {@code trainingChild} and hands its
 * scores to the loss:
 *
 * <pre>{@code
 * GraphBuilder builder = GraphBuilder.of(h);
 * if (builder.training()) {
 *   builder.auxiliary(aux1.apply(h), 0.3);
 * }
 * }</pre>
 */
@NullMarked
package dev.convoy.model;

import org.jspecify.annotations.NullMarked;
