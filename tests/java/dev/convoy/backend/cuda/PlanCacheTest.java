package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlanCacheTest {

  @TempDir private Path folder;

  private PlanCache cache(String machine) {
    return new PlanCache(machine, new DiskCache(Optional.of(folder)));
  }

  private static int unexpected() {
    throw new AssertionError("measured again");
  }

  @Test
  void aChoiceIsMeasuredOnceForEachMachine() {
    assertThat(cache("one").fastest("conv", () -> 3)).isEqualTo(3);
    assertThat(cache("one").fastest("conv", PlanCacheTest::unexpected)).isEqualTo(3);
    assertThat(cache("another").fastest("conv", () -> 5)).isEqualTo(5);
  }

  @Test
  void aGuessMeasuresNothingAndIsForgotten() {
    PlanCache cache = cache("one");
    int guess = cache.guessing(() -> cache.fastest("conv", PlanCacheTest::unexpected));
    assertThat(guess).isZero();
    assertThat(cache.fastest("conv", () -> 4)).isEqualTo(4);
    assertThat((int) cache.guessing(() -> cache.fastest("conv", PlanCacheTest::unexpected)))
        .isEqualTo(4);
  }

  @Test
  void aVerdictIsRemembered() {
    assertThat(cache("sound").verdict(Optional::empty)).isEmpty();
    assertThat(cache("sound").verdict(() -> Optional.of("never asked"))).isEmpty();
    assertThat(cache("broken").verdict(() -> Optional.of("sums are 50 % off"))).isPresent();
    assertThat(cache("broken").verdict(Optional::empty))
        .hasValueSatisfying(
            reason -> assertThat(reason).contains("on broken: sums are 50 % off; convoy verify"));
  }
}
