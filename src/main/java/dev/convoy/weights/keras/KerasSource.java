package dev.convoy.weights.keras;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.nio.file.Path;

/** The file that is read, for messages. */
record KerasSource(Path file) {

  ConvoyException refuse(String reason) {
    return new ConvoyException(message(reason));
  }

  ConvoyException refuse(String reason, Throwable cause) {
    return new ConvoyException(message(reason), cause);
  }

  private String message(String reason) {
    return "Keras file " + OneLine.of(file.toString()) + ": " + reason;
  }
}
