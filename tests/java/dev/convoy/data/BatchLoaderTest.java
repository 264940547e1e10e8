package dev.convoy.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The time-outs only turn a hang into a failure. */
@Timeout(60)
class BatchLoaderTest {

  private static final Normalization BYTES_OVER_255 =
      new Normalization(new float[] {0}, new float[] {1});

  /** Picture i is one pixel of value i with label i mod 4. */
  private static class Numbers implements Dataset {
    private final int size;

    Numbers(int size) {
      this.size = size;
    }

    @Override
    public String name() {
      return "numbers";
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public Shape pictureShape() {
      return Shape.of(1, 1, 1);
    }

    @Override
    public List<String> classNames() {
      return List.of("a", "b", "c", "d");
    }

    @Override
    public int label(int index) {
      return index % 4;
    }

    @Override
    public void read(int index, byte[] pixels) {
      pixels[0] = (byte) index;
    }
  }

  private static BatchLoader loader(Dataset dataset, BatchPlan plan) {
    return new BatchLoader(dataset, BYTES_OVER_255, plan);
  }

  private static List<Integer> numbers(Batch batch) {
    return IntStream.range(0, batch.pictures().shape().dim(0))
        .mapToObj(i -> (int) Math.rint(batch.pictures().get(i) * 255))
        .toList();
  }

  private static List<List<Integer>> take(BatchLoader loader, int batches) {
    List<List<Integer>> taken = new ArrayList<>();
    for (int i = 0; i < batches; i++) {
      taken.add(numbers(loader.next()));
    }
    return taken;
  }

  @Test
  void evaluationPadsTheLastBatchAndStartsAgain() {
    try (BatchLoader loader = loader(new Numbers(10), BatchPlan.evaluation(4))) {
      assertThat(loader.batchesPerEpoch()).isEqualTo(3);
      for (int epoch = 0; epoch < 3; epoch++) {
        assertThat(numbers(loader.next())).containsExactly(0, 1, 2, 3);
        Batch second = loader.next();
        assertThat(second.count()).isEqualTo(4);
        assertThat(second.labels().toDoubles()).containsExactly(0, 1, 2, 3);
        Batch last = loader.next();
        assertThat(numbers(last)).containsExactly(8, 9, 0, 0);
        assertThat(last.count()).isEqualTo(2);
        assertThat(last.labels().toDoubles()).containsExactly(0, 1, 0, 0);
      }
    }
  }

  @Test
  void trainingSeesEachPictureAtMostOnceAnEpoch() {
    try (BatchLoader loader = loader(new Numbers(10), BatchPlan.training(3, 7))) {
      assertThat(loader.batchesPerEpoch()).isEqualTo(3);
      List<List<Integer>> first = take(loader, 3);
      List<List<Integer>> second = take(loader, 3);
      assertThat(first.stream().flatMap(List::stream)).hasSize(9).doesNotHaveDuplicates();
      assertThat(second.stream().flatMap(List::stream)).hasSize(9).doesNotHaveDuplicates();
      assertThat(second).isNotEqualTo(first);
    }
  }

  @Test
  void resumesAnywhereExactly() {
    Dataset dataset = new Numbers(23);
    BatchPlan plan = BatchPlan.training(4, 99);
    List<List<Integer>> whole;
    try (BatchLoader loader = loader(dataset, plan)) {
      whole = take(loader, 15);
    }
    for (int done = 0; done <= 10; done++) {
      // Batch 5 of 5 means the next epoch's start.
      int epoch = done == 10 ? 1 : done / 5;
      int batch = done == 10 ? 5 : done % 5;
      try (BatchLoader loader = loader(dataset, plan.startingAt(epoch, batch))) {
        assertThat(take(loader, 5)).isEqualTo(whole.subList(done, done + 5));
      }
    }
  }

  @Test
  void orderIsAPermutationOfSeedAndEpochAlone() {
    int[] order = EpochOrder.of(1_000, 5, 3);
    assertThat(order).isEqualTo(EpochOrder.of(1_000, 5, 3));
    assertThat(IntStream.of(order).sorted().toArray())
        .isEqualTo(IntStream.range(0, 1_000).toArray());
    assertThat(order).isNotEqualTo(EpochOrder.of(1_000, 5, 4));
    assertThat(order).isNotEqualTo(EpochOrder.of(1_000, 6, 3));
    assertThat(EpochOrder.of(100, 1, 0)).isNotEqualTo(EpochOrder.of(100, 0, 1));
    // Uniform: over 6,000 epochs each of the 6 orders of 3 comes about 1,000 times (σ = 29).
    int[] seen = new int[27];
    for (int epoch = 0; epoch < 6_000; epoch++) {
      int[] three = EpochOrder.of(3, 11, epoch);
      seen[9 * three[0] + 3 * three[1] + three[2]]++;
    }
    assertThat(IntStream.of(seen).filter(count -> count > 0).boxed())
        .hasSize(6)
        .allMatch(count -> Math.abs(count - 1_000) < 150);
  }

  @Test
  void usesTheSameFewBuffers() {
    Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
    try (BatchLoader loader = loader(new Numbers(50), BatchPlan.training(5, 1))) {
      for (int i = 0; i < 200; i++) {
        tensors.add(loader.next().pictures());
      }
      assertThat(loader.waitingNanos()).isNotNegative();
    }
    assertThat(tensors).hasSizeBetween(1, 4);
  }

  /** The threads are held up by turns, so that they finish out of order. */
  @Test
  void anyNumberOfWorkersGivesTheSameBatchesInTheSameOrder() {
    Dataset uneven =
        new Numbers(50) {
          @Override
          public void read(int index, byte[] pixels) {
            for (int i = 0; i < index % 7 * 1_000; i++) {
              Thread.onSpinWait();
            }
            super.read(index, pixels);
          }
        };
    BatchPlan plan = BatchPlan.training(3, 42).startingAt(1, 5);
    List<List<Integer>> expected;
    try (BatchLoader loader = loader(uneven, plan)) {
      expected = take(loader, 100);
    }
    for (int workers : new int[] {2, 3, 8}) {
      try (BatchLoader loader = new BatchLoader(uneven, BYTES_OVER_255, plan, workers)) {
        assertThat(take(loader, 100)).as("%d workers", workers).isEqualTo(expected);
      }
    }
  }

  @Test
  void workersShareAFewBuffers() {
    Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
    BatchPlan plan = BatchPlan.training(5, 1);
    try (BatchLoader loader = new BatchLoader(new Numbers(50), BYTES_OVER_255, plan, 4)) {
      for (int i = 0; i < 200; i++) {
        tensors.add(loader.next().pictures());
      }
    }
    assertThat(tensors).hasSizeBetween(1, 7);
    assertThat(BatchLoader.heapBytes(Shape.of(3, 4, 5), 10, 4)).isEqualTo(7 * 10 * (240 + 4));
  }

  /** Whichever thread meets it, the failure comes in its batch's place and stays. */
  @Test
  void aFailureComesAfterTheBatchesBeforeIt() {
    Dataset broken =
        new Numbers(40) {
          @Override
          public void read(int index, byte[] pixels) {
            if (index == 22) {
              throw new ConvoyException("picture 22 is damaged");
            }
            super.read(index, pixels);
          }
        };
    BatchPlan plan = BatchPlan.evaluation(4);
    try (BatchLoader loader = new BatchLoader(broken, BYTES_OVER_255, plan, 4)) {
      assertThat(take(loader, 5).get(4)).containsExactly(16, 17, 18, 19);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(loader::next).hasMessage("picture 22 is damaged");
      }
    }
  }

  @Test
  void doesNotOverwriteTheBatchInUse() throws InterruptedException {
    CountDownLatch ahead = new CountDownLatch(12);
    Dataset dataset =
        new Numbers(40) {
          @Override
          public void read(int index, byte[] pixels) {
            super.read(index, pixels);
            ahead.countDown();
          }
        };
    try (BatchLoader loader = loader(dataset, BatchPlan.evaluation(4))) {
      Batch batch = loader.next();
      ahead.await();
      assertThat(numbers(batch)).containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void rethrowsWhatTheLoadingThreadMet() {
    Dataset broken =
        new Numbers(8) {
          @Override
          public void read(int index, byte[] pixels) {
            if (index == 5) {
              throw new ConvoyException("picture 5 is damaged");
            }
          }
        };
    try (BatchLoader loader = loader(broken, BatchPlan.evaluation(4))) {
      assertThat(loader.next().count()).isEqualTo(4);
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(loader::next)
            .isInstanceOf(ConvoyException.class)
            .hasMessage("picture 5 is damaged")
            .hasCauseInstanceOf(ConvoyException.class);
      }
    }
  }

  @Test
  void reportsDefectsAndForeignLabels() {
    Dataset defect =
        new Numbers(4) {
          @Override
          public void read(int index, byte[] pixels) {
            throw new NoSuchFieldError("gone");
          }
        };
    try (BatchLoader loader = loader(defect, BatchPlan.evaluation(4))) {
      assertThatThrownBy(loader::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("loading numbers failed")
          .hasMessageContaining("gone");
    }
    Dataset foreign =
        new Numbers(4) {
          @Override
          public int label(int index) {
            return 4;
          }
        };
    try (BatchLoader loader = loader(foreign, BatchPlan.evaluation(4))) {
      assertThatThrownBy(loader::next)
          .hasMessageContaining("label 4 of picture 0 is outside 0 to 3");
    }
  }

  @Test
  void closesInTheMiddle() throws InterruptedException {
    CountDownLatch reading = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Dataset hanging =
        new Numbers(8) {
          @Override
          public void read(int index, byte[] pixels) {
            reading.countDown();
            while (never.getCount() > 0) {
              try {
                never.await();
              } catch (InterruptedException e) {
                // A data set that cannot be interrupted.
              }
            }
          }
        };
    BatchLoader loader = loader(hanging, BatchPlan.evaluation(4));
    List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
    Thread consumer =
        new Thread(
            () -> {
              try {
                loader.next();
              } catch (IllegalStateException e) {
                thrown.add(e);
              }
            });
    consumer.start();
    reading.await();
    loader.close();
    loader.close();
    consumer.join();
    assertThat(thrown).hasSize(1);
    assertThatThrownBy(loader::next)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    never.countDown();
  }

  @Test
  void refusesImpossiblePlans() {
    Dataset dataset = new Numbers(10);
    assertThatThrownBy(() -> BatchPlan.training(0, 1)).hasMessageContaining("batch size 0");
    assertThatThrownBy(() -> BatchPlan.training(1, 1).startingAt(-1, 0))
        .isInstanceOf(ConvoyException.class);
    assertThatThrownBy(() -> loader(dataset, BatchPlan.training(11, 1)))
        .hasMessageContaining("batch size 11 is larger than the 10 pictures");
    assertThatThrownBy(() -> loader(dataset, BatchPlan.training(5, 1).startingAt(0, 3)))
        .hasMessageContaining("cannot start at batch 3");
    assertThatThrownBy(
            () -> new BatchLoader(dataset, Normalization.CIFAR10, BatchPlan.evaluation(1)))
        .hasMessageContaining("3 channels");
    assertThatThrownBy(() -> new BatchLoader(dataset, BYTES_OVER_255, BatchPlan.evaluation(1), 0))
        .hasMessage("loading with 0 threads: at least 1 is needed");
  }
}
