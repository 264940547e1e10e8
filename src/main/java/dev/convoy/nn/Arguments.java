package dev.convoy.nn;

import dev.convoy.ConvoyException;

/** What layers ask of the numbers that they are made with. */
final class Arguments {

  private Arguments() {}

  /**
   * @param what layer and argument, for example {@code "Conv2d: filters"}
   */
  static int atLeastOne(String what, int value) {
    require(value >= 1, what, value, "must be at least 1");
    return value;
  }

  static void require(boolean holds, String what, Object value, String rule) {
    if (!holds) {
      throw new ConvoyException(what + " " + value + ": " + rule);
    }
  }
}
