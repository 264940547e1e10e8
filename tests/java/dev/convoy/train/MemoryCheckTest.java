package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.tensor.Shape;
import java.util.OptionalLong;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

class MemoryCheckTest {

  private static final long MIB = 1 << 20;
  private static final long NO_LIMIT = Long.MAX_VALUE;

  /** 100 MiB and 10 MiB a picture. */
  private static final IntFunction<MemoryNeeds> NEEDS =
      batch -> new MemoryNeeds(100 * MIB, 10 * MIB * batch, 0);

  @Test
  void whatFitsPasses() {
    assertThat(
            MemoryCheck.require(90, NEEDS, limits(OptionalLong.of(1000 * MIB), NO_LIMIT)).total())
        .isEqualTo(1000 * MIB);
  }

  @Test
  void unknownMemoryIsNotCheckedAgainst() {
    assertThat(MemoryCheck.require(1 << 20, NEEDS, limits(OptionalLong.empty(), NO_LIMIT)).arena())
        .isEqualTo(10 * MIB << 20);
  }

  @Test
  void namesTheLargestBatchThatFits() {
    assertThatThrownBy(
            () -> MemoryCheck.require(512, NEEDS, limits(OptionalLong.of(1000 * MIB), NO_LIMIT)))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("batch size 512 needs 5.1 GiB, available are 1000.0 MiB; 90 fits");
  }

  @Test
  void saysWhenNotEvenOnePictureFits() {
    assertThatThrownBy(
            () -> MemoryCheck.require(2, NEEDS, limits(OptionalLong.of(105 * MIB), NO_LIMIT)))
        .hasMessageContaining("not even 1 fits");
  }

  @Test
  void batchThatNoTensorCanHoldCountsAsTooLarge() {
    IntFunction<MemoryNeeds> needs =
        batch -> new MemoryNeeds(0, Shape.of(batch, 1 << 20).count(), 0);
    assertThatThrownBy(
            () -> MemoryCheck.require(1 << 20, needs, limits(OptionalLong.empty(), NO_LIMIT)))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("batch size 1048576: shape 1048576×1048576")
        .hasMessageEndingWith("2047 fits");
  }

  @Test
  void modelThatTakesNoSuchPicturesComplainsForItself() {
    IntFunction<MemoryNeeds> needs =
        batch -> {
          throw new ConvoyException("conv1: kernel larger than the picture at batch " + batch);
        };
    assertThatThrownBy(() -> MemoryCheck.require(8, needs, limits(OptionalLong.empty(), NO_LIMIT)))
        .hasMessage("conv1: kernel larger than the picture at batch 1");
  }

  @Test
  void systemSaysHowMuchMemoryThereIs() {
    assertThat(AvailableMemory.bytes().orElseThrow()).isBetween(1L << 20, 1L << 50);
  }

  @Test
  void whatLiesOnTheHeapMustFitThere() {
    IntFunction<MemoryNeeds> loading = batch -> NEEDS.apply(batch).withHeap(2 * MIB * batch);
    assertThat(MemoryCheck.require(50, loading, limits(OptionalLong.empty(), 100 * MIB)).total())
        .isEqualTo(700 * MIB);
    assertThatThrownBy(
            () -> MemoryCheck.require(80, loading, limits(OptionalLong.of(2000 * MIB), 100 * MIB)))
        .isInstanceOf(ConvoyException.class)
        .hasMessage(
            "batch size 80 needs 160.0 MiB of the Java heap, available are 100.0 MiB"
                + " (CONVOY_JAVA_OPTS=-Xmx…); 50 fits");
  }

  @Test
  void batchNormalisationThatNeedsTwoPicturesIsNoReasonToComplain() {
    IntFunction<MemoryNeeds> needs =
        batch -> {
          if (batch == 1) {
            throw new ConvoyException("bn1: one value per channel; train with a larger batch");
          }
          return NEEDS.apply(batch);
        };
    assertThatThrownBy(
            () -> MemoryCheck.require(99, needs, limits(OptionalLong.of(1000 * MIB), NO_LIMIT)))
        .hasMessage("batch size 99 needs 1.1 GiB, available are 1000.0 MiB; 90 fits");
    assertThatThrownBy(
            () -> MemoryCheck.require(99, needs, limits(OptionalLong.of(105 * MIB), NO_LIMIT)))
        .hasMessageContaining("not even 2 fits");
  }

  private static MemoryCheck.Limits limits(OptionalLong available, long heap) {
    return new MemoryCheck.Limits(available, heap, false);
  }

  @Test
  void aDeviceOfItsOwnHoldsAllButTheHeap() {
    IntFunction<MemoryNeeds> needs =
        batch -> new MemoryNeeds(100 * MIB, 10 * MIB * batch, 0).withHeap(5 * MIB * batch);
    MemoryCheck.Limits device = new MemoryCheck.Limits(OptionalLong.of(1000 * MIB), NO_LIMIT, true);
    assertThat(MemoryCheck.require(90, needs, device).heap()).isEqualTo(450 * MIB);
    assertThatThrownBy(() -> MemoryCheck.require(91, needs, device))
        .hasMessage(
            "batch size 91 needs 1010.0 MiB on the device, available are 1000.0 MiB; 90 fits");
  }
}
