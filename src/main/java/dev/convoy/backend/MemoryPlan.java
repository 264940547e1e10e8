package dev.convoy.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Offsets of buffers in one arena such that buffers that live at the same time do not overlap.
 *
 * <p>Greedy by size, each buffer at the lowest offset where it fits (Pisarchyk and Lee, "Efficient
 * Memory Management for Deep Neural Net Inference", 2020, section 5.3).
 */
public final class MemoryPlan {

  /** Cache line and AVX-512 register width. */
  public static final int ALIGNMENT = 64;

  /** A buffer's size and the steps, both included, between which it holds something. */
  public record Buffer(long bytes, int firstStep, int lastStep) {

    boolean meets(Buffer other) {
      return firstStep <= other.lastStep && other.firstStep <= lastStep;
    }
  }

  private final long[] offsets;
  private final long bytes;

  private MemoryPlan(long[] offsets, long bytes) {
    this.offsets = offsets;
    this.bytes = bytes;
  }

  public static MemoryPlan place(List<Buffer> buffers) {
    return place(buffers, ALIGNMENT);
  }

  /**
   * @param alignment of which all offsets are multiples
   */
  public static MemoryPlan place(List<Buffer> unrounded, long alignment) {
    List<Buffer> buffers =
        unrounded.stream()
            .map(b -> new Buffer(aligned(b.bytes, alignment), b.firstStep, b.lastStep))
            .toList();
    long[] offsets = new long[buffers.size()];
    List<Integer> placed = new ArrayList<>();
    long peak = 0;
    for (int index : largestFirst(buffers)) {
      long size = buffers.get(index).bytes();
      offsets[index] = lowestGap(buffers, offsets, placed, index, size);
      peak = Math.max(peak, offsets[index] + size);
      insertByOffset(placed, offsets, index);
    }
    return new MemoryPlan(offsets, peak);
  }

  /** Offset of the buffer at this position of the list. */
  public long offset(int buffer) {
    return offsets[buffer];
  }

  /** Size of the arena. */
  public long bytes() {
    return bytes;
  }

  public static long aligned(long bytes) {
    return aligned(bytes, ALIGNMENT);
  }

  public static long aligned(long bytes, long alignment) {
    return (bytes + alignment - 1) / alignment * alignment;
  }

  private static int[] largestFirst(List<Buffer> buffers) {
    return IntStream.range(0, buffers.size())
        .boxed()
        .sorted(Comparator.comparingLong((Integer i) -> -buffers.get(i).bytes()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static long lowestGap(
      List<Buffer> buffers, long[] offsets, List<Integer> placed, int index, long size) {
    long candidate = 0;
    for (int other : placed) {
      if (!buffers.get(other).meets(buffers.get(index))) {
        continue;
      }
      if (candidate + size <= offsets[other]) {
        break;
      }
      candidate = Math.max(candidate, offsets[other] + buffers.get(other).bytes());
    }
    return candidate;
  }

  private static void insertByOffset(List<Integer> placed, long[] offsets, int index) {
    int position = placed.size();
    while (position > 0 && offsets[placed.get(position - 1)] > offsets[index]) {
      position--;
    }
    placed.add(position, index);
  }
}
