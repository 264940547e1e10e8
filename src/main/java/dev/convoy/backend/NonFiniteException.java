package dev.convoy.backend;

import dev.convoy.ConvoyException;

/** A guarded value became NaN or infinite, or gradients did that no loss scale can help. */
public final class NonFiniteException extends ConvoyException {

  private static final long serialVersionUID = 1L;

  private final String reason;

  private NonFiniteException(String reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** A guard met such a value. */
  public NonFiniteException(String message) {
    this("the loss is not finite", message);
  }

  /** Gradients overflow although the loss is not scaled any more. */
  public static NonFiniteException ofGradients(String label) {
    String reason = "gradients are not finite even with a loss scale of 1";
    return new NonFiniteException(reason, label + ": " + reason);
  }

  /** What is wrong, as the beginning of a sentence. */
  public String reason() {
    return reason;
  }
}
