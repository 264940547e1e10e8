package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.MemoryPlan.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MemoryPlanTest {

  private static final int STEPS = 30;

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @Test
  void offsetsAreMultiplesOfWhatIsAsked() {
    List<Buffer> buffers = random(1);
    MemoryPlan plan = MemoryPlan.place(buffers, 256);
    for (int i = 0; i < buffers.size(); i++) {
      assertThat(plan.offset(i) % 256).isZero();
    }
    assertThat(plan.bytes() % 256).isZero();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void buffersAliveTogetherNeverOverlap(int seed) {
    List<Buffer> buffers = random(seed);
    MemoryPlan plan = MemoryPlan.place(buffers);
    for (int i = 0; i < buffers.size(); i++) {
      long end = plan.offset(i) + buffers.get(i).bytes();
      assertThat(plan.offset(i)).isNotNegative();
      assertThat(plan.offset(i) % MemoryPlan.ALIGNMENT).isZero();
      assertThat(end).isLessThanOrEqualTo(plan.bytes());
      for (int j = 0; j < i; j++) {
        boolean together =
            buffers.get(i).firstStep() <= buffers.get(j).lastStep()
                && buffers.get(j).firstStep() <= buffers.get(i).lastStep();
        boolean apart =
            end <= plan.offset(j) || plan.offset(j) + buffers.get(j).bytes() <= plan.offset(i);
        assertThat(!together || apart).as("buffers %d and %d", i, j).isTrue();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void needsAtLeastWhatIsAliveAndAtMostTheSum(int seed) {
    List<Buffer> buffers = random(seed);
    long most = 0;
    for (int step = 0; step < STEPS; step++) {
      long alive = 0;
      for (Buffer buffer : buffers) {
        boolean here = buffer.firstStep() <= step && step <= buffer.lastStep();
        alive += here ? MemoryPlan.aligned(buffer.bytes()) : 0;
      }
      most = Math.max(most, alive);
    }
    long sum = buffers.stream().mapToLong(buffer -> MemoryPlan.aligned(buffer.bytes())).sum();
    assertThat(MemoryPlan.place(buffers).bytes()).isBetween(most, sum);
  }

  @Test
  void aChainNeedsTwoOfItsLargestNeighbours() {
    // a → b → c → d: each lives until the next is made; c takes the place of a.
    List<Buffer> chain =
        List.of(
            new Buffer(128, 0, 1),
            new Buffer(64, 1, 2),
            new Buffer(128, 2, 3),
            new Buffer(64, 3, 4));
    MemoryPlan plan = MemoryPlan.place(chain);
    assertThat(plan.bytes()).isEqualTo(192);
    assertThat(plan.offset(0)).isEqualTo(plan.offset(2)).isZero();
    assertThat(plan.offset(1)).isEqualTo(plan.offset(3)).isEqualTo(128);
  }

  @Test
  void fillsAGapBetweenLongLivedBuffers() {
    List<Buffer> buffers =
        List.of(new Buffer(256, 0, 1), new Buffer(192, 0, 4), new Buffer(128, 2, 4));
    assertThat(MemoryPlan.place(buffers).offset(2)).isZero();
    assertThat(MemoryPlan.place(buffers).bytes()).isEqualTo(448);
  }

  @Test
  void nothingNeedsNothing() {
    assertThat(MemoryPlan.place(List.of()).bytes()).isZero();
  }

  @Test
  void countsBeyondTwoGibibytes() {
    long large = 3L << 30;
    MemoryPlan plan = MemoryPlan.place(List.of(new Buffer(large, 0, 1), new Buffer(large, 1, 2)));
    assertThat(plan.bytes()).isEqualTo(2 * large);
  }

  private static List<Buffer> random(int seed) {
    Random random = new Random(seed);
    List<Buffer> buffers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int first = random.nextInt(STEPS);
      int last = first + random.nextInt(STEPS - first);
      buffers.add(new Buffer(1 + random.nextInt(5_000), first, last));
    }
    return buffers;
  }
}
