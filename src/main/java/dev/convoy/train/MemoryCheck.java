package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/** Says before a run whether it fits into memory, and if not, which batch would. */
public final class MemoryCheck {

  private MemoryCheck() {}

  /** What there is: bytes for all but the heap on a device of its own, else for everything. */
  record Limits(OptionalLong available, long heap, boolean device) {

    private long most() {
      return available.orElse(Long.MAX_VALUE);
    }

    private long counted(MemoryNeeds needs) {
      return device ? needs.total() - needs.heap() : needs.total();
    }

    private boolean allow(MemoryNeeds needs) {
      return counted(needs) <= most() && needs.heap() <= heap;
    }
  }

  /**
   * @param backend where it shall run: its own memory counts, or the machine's
   * @param needs memory of a run at a batch size
   * @return the memory at this batch size
   * @throws ConvoyException if it does not fit, naming the largest batch that does
   */
  public static MemoryNeeds require(
      Backend backend, int batchSize, IntFunction<MemoryNeeds> needs) {
    OptionalLong device = backend.freeDeviceMemory();
    OptionalLong available = device.isPresent() ? device : AvailableMemory.bytes();
    return require(batchSize, needs, new Limits(available, freeHeap(), device.isPresent()));
  }

  static MemoryNeeds require(int batchSize, IntFunction<MemoryNeeds> needs, Limits limits) {
    String complaint;
    try {
      MemoryNeeds asked = needs.apply(batchSize);
      if (limits.allow(asked)) {
        return asked;
      }
      complaint =
          limits.counted(asked) > limits.most()
              ? "batch size %d needs %s%s, available are %s"
                  .formatted(
                      batchSize,
                      size(limits.counted(asked)),
                      limits.device ? " on the device" : "",
                      size(limits.most()))
              : "batch size %d needs %s of the Java heap, available are %s (CONVOY_JAVA_OPTS=-Xmx…)"
                  .formatted(batchSize, size(asked.heap()), size(limits.heap));
    } catch (ConvoyException | ArithmeticException e) {
      complaint = "batch size " + batchSize + ": " + e.getMessage();
    }
    Smallest smallest = Smallest.of(needs);
    boolean none = !limits.allow(smallest.needs());
    throw new ConvoyException(
        complaint
            + (none
                ? "; not even %d fits: use a smaller model".formatted(smallest.batch())
                : "; %d fits".formatted(largest(smallest.batch(), batchSize, needs, limits))));
  }

  /**
   * The smallest batch that the model can be trained with: 1, or 2 where batch normalisation would
   * see a single value.
   */
  private record Smallest(int batch, MemoryNeeds needs) {

    /** A model that does not suit the pictures at all complains here. */
    static Smallest of(IntFunction<MemoryNeeds> needs) {
      try {
        return new Smallest(1, needs.apply(1));
      } catch (ConvoyException e) {
        try {
          return new Smallest(2, needs.apply(2));
        } catch (ConvoyException unsuited) {
          throw e;
        }
      }
    }
  }

  /** What the Java heap may still grow by and holds free. */
  private static long freeHeap() {
    System.gc(); // What is garbage already would count as used.
    Runtime runtime = Runtime.getRuntime();
    return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
  }

  /** Bisection: memory grows with the batch; the smallest fits. */
  private static int largest(
      int smallest, int tooLarge, IntFunction<MemoryNeeds> needs, Limits limits) {
    int fits = smallest;
    int fails = tooLarge;
    while (fails - fits > 1) {
      int middle = fits + (fails - fits) / 2;
      if (fits(middle, needs, limits)) {
        fits = middle;
      } else {
        fails = middle;
      }
    }
    return fits;
  }

  private static boolean fits(int batchSize, IntFunction<MemoryNeeds> needs, Limits limits) {
    try {
      return limits.allow(needs.apply(batchSize));
    } catch (ConvoyException | ArithmeticException e) {
      return false; // more elements than a tensor can have
    }
  }

  private static String size(long bytes) {
    double gibibytes = bytes / 0x1p30;
    return gibibytes >= 1
        ? String.format(java.util.Locale.ROOT, "%.1f GiB", gibibytes)
        : String.format(java.util.Locale.ROOT, "%.1f MiB", bytes / 0x1p20);
  }
}
