package dev.convoy.optim;

import dev.convoy.ConvoyException;

/** What every rate must be. */
final class Rates {

  private Rates() {}

  static void require(String name, double rate) {
    if (!(rate >= 0) || Double.isInfinite(rate)) {
      throw new ConvoyException(name + " " + rate + ": must be a finite number of at least 0");
    }
  }
}
