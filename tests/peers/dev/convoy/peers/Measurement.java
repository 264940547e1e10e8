package dev.convoy.peers;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.convoy.inspect.ProcessMemory;
import java.util.Arrays;

/**
 * What one process measured; the part of its JSON that Convoy and the peers have in common.
 *
 * @param imagesPerSecond batch size over the time of each step
 * @param stepMs wall time of each step in milliseconds
 * @param processPeakBytes the most physical memory that the process held
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record Measurement(
    @JsonProperty("images_per_second") Spread imagesPerSecond,
    @JsonProperty("step_ms") Spread stepMs,
    @JsonProperty("process_peak_bytes") long processPeakBytes) {

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
    return new Measurement(Spread.of(rates), Spread.of(milliseconds), ProcessMemory.peakBytes());
  }
}
