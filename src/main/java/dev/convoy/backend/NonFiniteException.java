package dev.convoy.backend;

import dev.convoy.ConvoyException;

/** A guarded value became NaN or infinite. */
public final class NonFiniteException extends ConvoyException {

  private static final long serialVersionUID = 1L;

  public NonFiniteException(String message) {
    super(message);
  }
}
