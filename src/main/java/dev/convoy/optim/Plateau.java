package dev.convoy.optim;

import dev.convoy.ConvoyException;

/**
 * Lowers the learning rate when the validation loss stops falling: after more than {@code patience}
 * epochs without a loss lower by at least 10⁻⁴ of the least so far, the rate is multiplied by γ and
 * the count begins anew. PyTorch's {@code ReduceLROnPlateau} with its defaults.
 *
 * @param patience epochs without improvement that are put up with, at least 0
 * @param gamma factor of each drop
 * @param least lowest validation loss so far; infinite before the first epoch
 * @param worse epochs since then or since the last drop
 * @param drops so far
 */
public record Plateau(int patience, double gamma, double least, int worse, int drops) {

  private static final double THRESHOLD = 1e-4;

  /**
   * @throws ConvoyException if the patience is negative or the factor no finite number of at least
   *     0
   */
  public Plateau {
    Rates.require("gamma", gamma);
    if (patience < 0) {
      throw new ConvoyException("patience " + patience + ": must be at least 0");
    }
  }

  /** Before the first epoch. */
  public static Plateau start(int patience, double gamma) {
    return new Plateau(patience, gamma, Double.POSITIVE_INFINITY, 0, 0);
  }

  /** The same count with another patience and factor: drops that were made are made again. */
  public Plateau with(int changedPatience, double changedGamma) {
    return new Plateau(changedPatience, changedGamma, least, worse, drops);
  }

  /** What the learning rate is multiplied by now. */
  public double factor() {
    return Math.pow(gamma, drops);
  }

  /** After an epoch with this validation loss. */
  public Plateau after(double loss) {
    if (loss < least * (1 - THRESHOLD)) {
      return new Plateau(patience, gamma, loss, 0, drops);
    }
    return worse < patience
        ? new Plateau(patience, gamma, least, worse + 1, drops)
        : new Plateau(patience, gamma, least, 0, drops + 1);
  }
}
