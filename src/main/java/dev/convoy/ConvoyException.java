package dev.convoy;

/**
 * Bad input or an unmet condition that the user can mend.
 *
 * <p>The message is one line that names the thing, its value, the rule and the way out; the command
 * line prints it without a stack trace and exits with code 2. What breaks lines, from whatever text
 * it quotes, is shown escaped.
 */
public class ConvoyException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConvoyException(String message) {
    super(OneLine.escaped(message));
  }

  public ConvoyException(String message, Throwable cause) {
    super(OneLine.escaped(message), cause);
  }
}
