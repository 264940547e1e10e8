package dev.convoy.peers;

import dev.convoy.ConvoyException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One thing to measure, written {@code resnet50:infer:16:f32}.
 *
 * @param model as {@link PeerModel#named} calls it
 * @param mode training or inference
 * @param batch pictures a step, at least 1
 * @param precision format of the heavy arithmetic
 */
record Case(String model, Mode mode, int batch, Precision precision) {

  Case {
    if (batch < 1) {
      throw new ConvoyException("batch size " + batch + " is not positive; give 1 or more");
    }
  }

  /**
   * Reads {@code model:mode:batch:precision}.
   *
   * @throws ConvoyException if a part is missing or unknown
   */
  static Case parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 4) {
      throw new ConvoyException(
          "case '" + text + "' is not model:mode:batch:precision, such as resnet50:infer:16:f32");
    }
    return new Case(
        PeerModel.named(parts[0]).name(),
        constant(Mode.class, "mode", parts[1], text),
        batch(parts[2], text),
        constant(Precision.class, "precision", parts[3], text));
  }

  /**
   * The flags that {@code convoy bench} and the peers share.
   *
   * @param source the model's name, or a file that holds it
   */
  List<String> flags(String source) {
    return List.of(
        "--model", source,
        "--mode", lower(mode),
        "-b", Integer.toString(batch),
        "--precision", lower(precision));
  }

  @Override
  public String toString() {
    return String.join(":", model, lower(mode), Integer.toString(batch), lower(precision));
  }

  /** An enum constant as flags and JSON spell it. */
  static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <E extends Enum<E>> E constant(
      Class<E> type, String what, String name, String text) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> lower(constant).equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConvoyException(
                    "case '%s': unknown %s '%s'; one of %s"
                        .formatted(
                            text,
                            what,
                            name,
                            Arrays.stream(type.getEnumConstants()).map(Case::lower).toList())));
  }

  private static int batch(String number, String text) {
    try {
      return Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw new ConvoyException(
          "case '" + text + "': batch '" + number + "' is not a whole number", e);
    }
  }
}
