/**
 * The zoo: one file a family, built from layers of {@code nn}, with torchvision's parameter names.
 *
 * <pre>{@code
 * Layer model = ModelZoo.named("resnet50").build(Shape.of(3, 224, 224), 1000);
 * }</pre>
 *
 * <p>A new family is a class that extends {@code Layer} and a line in {@link
 * dev.convoy.model.ModelZoo}.
 */
@NullMarked
package dev.convoy.model;

import org.jspecify.annotations.NullMarked;
