package dev.convoy.calibrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.files.AtomicFile;
import dev.convoy.files.Json;
import dev.convoy.graph.pass.ActivationRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The ranges of a model's activations, as pictures showed them.
 *
 * @param model that it was made with
 * @param clipping how the ranges were chosen
 * @param pictures how many were seen
 * @param ranges by the name of the value, see {@link dev.convoy.graph.pass.QuantizedValues}
 */
public record Calibration(
    String model, String clipping, long pictures, Map<String, ActivationRange> ranges) {

  private static final String FORMAT = "convoy-calibration-1";
  private static final long MOST_BYTES = 16 << 20;

  /**
   * @throws ConvoyException if it cannot be read, is no calibration, or a range makes no sense
   */
  public static Calibration read(Path file) {
    Map<String, ?> json = object(file);
    if (!FORMAT.equals(json.get("format")) || !(json.get("ranges") instanceof Map<?, ?> ranges)) {
      throw new ConvoyException(
          "%s: is no calibration (format %s); convoy calibrate makes one".formatted(file, FORMAT));
    }
    Map<String, ActivationRange> read = new LinkedHashMap<>();
    ranges.forEach((name, range) -> read.put(String.valueOf(name), range(file, name, range)));
    long pictures = json.get("pictures") instanceof Long count ? count : 0;
    return new Calibration(
        String.valueOf(json.get("model")), String.valueOf(json.get("method")), pictures, read);
  }

  private static Map<String, ?> object(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new ConvoyException(
            "%s: %d bytes are too many for a calibration; the limit is %d"
                .formatted(file, Files.size(file), MOST_BYTES));
      }
      return Json.readObject(Files.readString(file));
    } catch (IOException e) {
      throw new ConvoyException(
          "%s: cannot be read as a calibration (%s); convoy calibrate makes one"
              .formatted(file, why(e)),
          e);
    }
  }

  private static String why(IOException e) {
    return e instanceof NoSuchFileException
        ? "there is no such file"
        : OneLine.of(String.valueOf(e.getMessage()));
  }

  private static ActivationRange range(Path file, Object name, Object range) {
    if (range instanceof Map<?, ?> ends
        && ends.get("min") instanceof Number min
        && ends.get("max") instanceof Number max) {
      try {
        return new ActivationRange(min.doubleValue(), max.doubleValue());
      } catch (ConvoyException e) {
        throw new ConvoyException(
            "%s: %s: %s".formatted(file, OneLine.of(name.toString()), e.getMessage()), e);
      }
    }
    throw new ConvoyException(
        "%s: %s must be an object with the numbers min and max"
            .formatted(file, OneLine.of(name.toString())));
  }

  /** Writes it whole or not at all. */
  public void write(Path file) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("format", FORMAT);
    json.put("model", model);
    json.put("method", clipping);
    json.put("pictures", pictures);
    Map<String, Object> all = new LinkedHashMap<>();
    ranges.forEach((name, range) -> all.put(name, Map.of("min", range.min(), "max", range.max())));
    json.put("ranges", all);
    AtomicFile.write(file, Json.write(json).getBytes(UTF_8));
  }
}
