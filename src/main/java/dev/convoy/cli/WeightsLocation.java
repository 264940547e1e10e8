package dev.convoy.cli;

import dev.convoy.ConvoyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** What {@code --weights} names. */
final class WeightsLocation {

  private static final String IN_RUN = "weights.safetensors";

  private WeightsLocation() {}

  /**
   * @param asked a file, or the folder of a run
   */
  static Path of(String asked) {
    Path path = path(asked);
    return Files.isDirectory(path) ? path.resolve(IN_RUN) : path;
  }

  private static Path path(String asked) {
    try {
      return Path.of(asked);
    } catch (InvalidPathException e) {
      throw new ConvoyException("weights " + asked + ": is no path (" + e.getReason() + ")", e);
    }
  }
}
