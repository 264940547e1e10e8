package dev.convoy.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;

/**
 * Which candidate was the fastest for a problem, remembered for (GPU, driver, cuDNN version) on
 * disk: the next process does not time them again.
 */
final class PlanCache {

  private final String machine;
  private final DiskCache disk;
  private final Map<String, Integer> known = new HashMap<>();

  PlanCache(CudaDevice device) {
    this(
        device.name()
            + " "
            + device.target()
            + " driver "
            + driver()
            + " cuDNN "
            + cudnn.cudnnGetVersion(),
        DiskCache.ofUser());
  }

  PlanCache(String machine, DiskCache disk) {
    this.machine = machine;
    this.disk = disk;
  }

  private static int driver() {
    int[] version = new int[1];
    CudaException.check(cudart.cudaDriverGetVersion(version), "asking the driver's version");
    return version[0];
  }

  /**
   * @param problem everything that the choice depends on
   * @param measure finds the fastest; called only if nobody has before
   */
  synchronized int fastest(String problem, IntSupplier measure) {
    return known.computeIfAbsent(
        problem,
        unused -> {
          byte[] text =
              disk.get(
                  "plan-" + DiskCache.hash(machine + "\n" + problem),
                  () -> Integer.toString(measure.getAsInt()).getBytes(StandardCharsets.UTF_8));
          String number = new String(text, StandardCharsets.UTF_8).strip();
          return number.matches("\\d{1,4}") ? Integer.parseInt(number) : measure.getAsInt();
        });
  }
}
