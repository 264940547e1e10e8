package dev.convoy.peers;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What one process measured; the part of its JSON that Convoy and the peers have in common.
 *
 * @param imagesPerSecond batch size over the time of each step
 * @param stepMs wall time of each step in milliseconds
 * @param peakMemoryBytes the most physical memory that the process held
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Measurement(
    @JsonProperty("images_per_second") Spread imagesPerSecond,
    @JsonProperty("step_ms") Spread stepMs,
    @JsonProperty("peak_memory_bytes") long peakMemoryBytes) {

  private static final Path STATUS = Path.of("/proc/self/status");

  /** Runs {@code warmup} untimed steps, then times {@code steps} more, each on its own. */
  static Measurement of(Runnable step, int batch, int warmup, int steps) {
    for (int i = 0; i < warmup; i++) {
      step.run();
    }
    double[] milliseconds = new double[steps];
    for (int i = 0; i < steps; i++) {
      long start = System.nanoTime();
      step.run();
      milliseconds[i] = (System.nanoTime() - start) / 1e6;
    }
    double[] rates = Arrays.stream(milliseconds).map(ms -> batch * 1e3 / ms).toArray();
    return new Measurement(Spread.of(rates), Spread.of(milliseconds), peakMemory());
  }

  /** The kernel's high-water mark of this process ({@code VmHWM}), or 0 where it is not told. */
  private static long peakMemory() {
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
