package dev.convoy.weights.torch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.nio.file.Path;

/**
 * The file that is read, for messages.
 *
 * @param bytes its length
 */
record TorchSource(Path file, long bytes) {

  ConvoyException refuse(String reason) {
    return new ConvoyException("PyTorch file " + OneLine.of(file.toString()) + ": " + reason);
  }

  /** Refuses before anything is allocated what is too much for the file or for the heap. */
  void requireRoom(long needed, String what) {
    if (needed / TorchLimits.EXPANSION > bytes) {
      throw refuse(
          "%s would take %d bytes, over %d times the file's %d; it is damaged or an attack"
              .formatted(what, needed, TorchLimits.EXPANSION, bytes));
    }
    long heap = Runtime.getRuntime().maxMemory();
    if (needed > heap) {
      throw refuse(
          "%s take %d bytes, more than the %d of the Java heap; raise it with -Xmx"
              .formatted(what, needed, heap));
    }
  }
}
