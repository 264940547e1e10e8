package dev.convoy.model;

import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;

/**
 * An entry of the zoo.
 *
 * @param name for the command line
 * @param title as its paper calls it
 * @param input published picture, C×H×W
 * @param classes published number of classes
 */
public record ModelDescription(
    String name, String title, int year, String paper, Shape input, int classes, Factory factory) {

  /** Builds a model for pictures of a size and a number of classes. */
  @FunctionalInterface
  public interface Factory {
    Layer build(Shape input, int classes);
  }

  /**
   * @param picture C×H×W
   * @throws dev.convoy.ConvoyException if the model cannot take such pictures
   */
  public Layer build(Shape picture, int classCount) {
    return factory.build(picture, classCount);
  }
}
