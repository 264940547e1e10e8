package dev.convoy.data;

import dev.convoy.ConvoyException;

/**
 * What a run trains on, what it is judged by, and how both are normalised.
 *
 * @param train pictures to learn from
 * @param validation pictures of the same shape and classes, never learned from
 */
public record DataSplit(Dataset train, Dataset validation, Normalization normalization) {

  /**
   * @throws ConvoyException if the two sets differ in shape or classes
   */
  public DataSplit {
    if (!train.pictureShape().equals(validation.pictureShape())) {
      throw new ConvoyException(
          "%s has pictures of %s but %s of %s; both must be equal"
              .formatted(
                  train.name(),
                  train.pictureShape(),
                  validation.name(),
                  validation.pictureShape()));
    }
    if (!train.classNames().equals(validation.classNames())) {
      throw new ConvoyException(
          "%s and %s have different classes (%d and %d); both must list the same names"
              .formatted(train.name(), validation.name(), train.classes(), validation.classes()));
    }
    normalization.requireChannels(train.name(), train.pictureShape());
  }
}
