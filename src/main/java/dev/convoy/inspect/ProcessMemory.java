package dev.convoy.inspect;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The physical memory of this process: heap, native memory, libraries, everything. */
public final class ProcessMemory {

  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** The most bytes held so far (Linux's {@code VmHWM}), or 0 where the system does not tell. */
  public static long peakBytes() {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0;
    }
  }
}
