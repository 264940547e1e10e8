package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.MemoryNeeds;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/** Says before a run whether it fits into memory, and if not, which batch would. */
public final class MemoryCheck {

  private MemoryCheck() {}

  /**
   * @param needs memory of a run at a batch size
   * @return the memory at this batch size
   * @throws ConvoyException if it does not fit, naming the largest batch that does
   */
  public static MemoryNeeds require(int batchSize, IntFunction<MemoryNeeds> needs) {
    return require(batchSize, needs, AvailableMemory.bytes(), freeHeap());
  }

  static MemoryNeeds require(
      int batchSize, IntFunction<MemoryNeeds> needs, OptionalLong available, long heap) {
    long most = available.orElse(Long.MAX_VALUE);
    String complaint;
    try {
      MemoryNeeds asked = needs.apply(batchSize);
      if (asked.total() <= most && asked.heap() <= heap) {
        return asked;
      }
      complaint =
          asked.total() > most
              ? "batch size %d needs %s, available are %s"
                  .formatted(batchSize, size(asked.total()), size(most))
              : "batch size %d needs %s of the Java heap, available are %s (CONVOY_JAVA_OPTS=-Xmx…)"
                  .formatted(batchSize, size(asked.heap()), size(heap));
    } catch (ConvoyException | ArithmeticException e) {
      complaint = "batch size " + batchSize + ": " + e.getMessage();
    }
    Smallest smallest = Smallest.of(needs);
    boolean none = smallest.needs().total() > most || smallest.needs().heap() > heap;
    throw new ConvoyException(
        complaint
            + (none
                ? "; not even %d fits: use a smaller model".formatted(smallest.batch())
                : "; %d fits".formatted(largest(smallest.batch(), batchSize, needs, most, heap))));
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
      int smallest, int tooLarge, IntFunction<MemoryNeeds> needs, long available, long heap) {
    int fits = smallest;
    int fails = tooLarge;
    while (fails - fits > 1) {
      int middle = fits + (fails - fits) / 2;
      if (fits(middle, needs, available, heap)) {
        fits = middle;
      } else {
        fails = middle;
      }
    }
    return fits;
  }

  private static boolean fits(
      int batchSize, IntFunction<MemoryNeeds> needs, long available, long heap) {
    try {
      MemoryNeeds asked = needs.apply(batchSize);
      return asked.total() <= available && asked.heap() <= heap;
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
