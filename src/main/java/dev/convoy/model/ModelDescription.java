package dev.convoy.model;

import dev.convoy.ConvoyException;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;

/**
 * An entry of the zoo.
 *
 * @param name for the command line
 * @param title as its paper calls it
 * @param input published picture, C×H×W
 * @param classes published number of classes
 * @param smallest height and width that the model takes at least
 */
public record ModelDescription(
    String name,
    String title,
    int year,
    String paper,
    Shape input,
    int classes,
    int smallest,
    Factory factory) {

  /** Builds a model for pictures of a size and a number of classes. */
  @FunctionalInterface
  public interface Factory {
    Layer build(Shape input, int classes);
  }

  /** For ImageNet: 3×size×size, 1000 classes. */
  static ModelDescription imageNet(
      String name, String title, int year, String paper, int size, int smallest, Factory factory) {
    return new ModelDescription(
        name, title, year, paper, Shape.of(3, size, size), 1000, smallest, factory);
  }

  /** For CIFAR-10: 3×32×32, ten classes. */
  static ModelDescription cifar(
      String name, String title, int year, String paper, int smallest, Factory factory) {
    return new ModelDescription(
        name, title, year, paper, Shape.of(3, 32, 32), 10, smallest, factory);
  }

  /**
   * @param picture C×H×W
   * @throws ConvoyException if the picture has other axes, there is no class, or the model cannot
   *     take such pictures
   */
  public Layer build(Shape picture, int classCount) {
    if (picture.rank() != 3) {
      throw new ConvoyException(
          "%s takes pictures C×H×W, got %s; leave out the batch".formatted(name, picture));
    }
    if (classCount < 1) {
      throw new ConvoyException(
          "%s cannot tell %d classes apart: there must be at least 1".formatted(name, classCount));
    }
    if (picture.dim(1) < smallest || picture.dim(2) < smallest) {
      throw new ConvoyException(
          "%s takes pictures of at least %d×%d, got %s; resize them"
              .formatted(name, smallest, smallest, picture));
    }
    return factory.build(picture, classCount);
  }
}
