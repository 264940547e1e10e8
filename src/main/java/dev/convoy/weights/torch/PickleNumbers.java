package dev.convoy.weights.torch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.convoy.OneLine;
import java.io.IOException;
import java.math.BigInteger;

/** The ways in which a pickle writes numbers. */
final class PickleNumbers {

  private final PickleInput in;

  PickleNumbers(PickleInput in) {
    this.in = in;
  }

  long unsigned32() throws IOException {
    return Integer.toUnsignedLong(in.readNumber(4).getInt());
  }

  /** Little-endian two's complement: a {@link Long}, or a {@link BigInteger} if it needs one. */
  Object whole(int bytes) throws IOException {
    if (bytes < 0 || bytes > TorchLimits.INTEGER_BYTES) {
      throw in.refuse(
          "a whole number of %d bytes; the limit is %d"
              .formatted(bytes, TorchLimits.INTEGER_BYTES));
    }
    byte[] littleEndian = in.readBytes(bytes);
    byte[] bigEndian = new byte[Math.max(1, bytes)];
    for (int i = 0; i < bytes; i++) {
      bigEndian[bigEndian.length - 1 - i] = littleEndian[i];
    }
    return narrowed(new BigInteger(bigEndian));
  }

  /** Decimal digits; protocol 0 writes booleans as 00 and 01 and may end with an L. */
  Object wholeOfText() throws IOException {
    String text = line();
    if (text.equals("00") || text.equals("01")) {
      return text.equals("01");
    }
    try {
      return narrowed(
          new BigInteger(text.endsWith("L") ? text.substring(0, text.length() - 1) : text));
    } catch (NumberFormatException e) {
      throw in.refuse(OneLine.quoted(text) + " is no whole number");
    }
  }

  Double realOfText() throws IOException {
    String text = line();
    return switch (text) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> real(text);
    };
  }

  /** A place in the memo. */
  long index() throws IOException {
    String text = line();
    try {
      return Integer.toUnsignedLong(Integer.parseUnsignedInt(text));
    } catch (NumberFormatException e) {
      throw in.refuse(OneLine.quoted(text) + " is no place of a remembered value");
    }
  }

  private Double real(String text) {
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      throw in.refuse(OneLine.quoted(text) + " is no number");
    }
  }

  private String line() throws IOException {
    byte[] line = in.readLine();
    if (line.length > 3 * TorchLimits.INTEGER_BYTES) {
      throw in.refuse("a number has %d digits".formatted(line.length));
    }
    return new String(line, ISO_8859_1);
  }

  private static Object narrowed(BigInteger value) {
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }
}
