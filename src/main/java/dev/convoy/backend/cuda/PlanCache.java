package dev.convoy.backend.cuda;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
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

  /** Of each thread, because a lock held while it guesses would be taken in another order too. */
  private final ThreadLocal<Boolean> guessing = ThreadLocal.withInitial(() -> false);

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
    Integer number = known.get(problem);
    if (number == null) {
      number = remembered(problem).orElse(null);
    }
    if (number == null && guessing.get()) {
      return 0;
    }
    if (number == null) {
      int measured = measure.getAsInt();
      disk.get(file(problem), () -> Integer.toString(measured).getBytes(StandardCharsets.UTF_8));
      number = measured;
    }
    known.put(problem, number);
    return number;
  }

  private Optional<Integer> remembered(String problem) {
    return disk.find(file(problem))
        .map(text -> new String(text, StandardCharsets.UTF_8).strip())
        .filter(number -> number.matches("\\d{1,4}"))
        .map(Integer::valueOf);
  }

  private String file(String question) {
    return "plan-" + DiskCache.hash(machine + "\n" + question);
  }

  /** Work in which nothing is measured: what is not known is taken to be the first candidate. */
  <T> T guessing(Supplier<T> work) {
    guessing.set(true);
    try {
      return work.get();
    } finally {
      guessing.remove();
    }
  }

  boolean isGuessing() {
    return guessing.get();
  }

  /**
   * The outcome of a check of this machine: empty if it was passed. It is made anew for other
   * kernels of ours, but not each time: a failure stays until GPU, driver or library change.
   */
  synchronized Optional<String> verdict(Supplier<Optional<String>> check) {
    String question = "self-check " + KernelSource.fingerprint();
    byte[] text =
        disk.get(file(question), () -> check.get().orElse("").getBytes(StandardCharsets.UTF_8));
    String failure = new String(text, StandardCharsets.UTF_8);
    return failure.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "failed its self-check on %s: %s; convoy verify --device cuda tells more"
                .formatted(machine, failure));
  }
}
