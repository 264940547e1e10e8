package dev.convoy.op;

import dev.convoy.ConvoyException;

/** An operator's arguments break one of its numbered constraints. */
public final class ShapeException extends ConvoyException {

  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }

  /** Throws unless the constraint holds. */
  static void unless(boolean holds, String rule, Object... numbers) {
    if (!holds) {
      throw new ShapeException(String.format(rule, numbers));
    }
  }

  /** The same complaint, led by the path of the layer that it concerns. */
  public ShapeException in(String scope) {
    return scope.isEmpty() ? this : new ShapeException(scope + ": " + getMessage());
  }
}
