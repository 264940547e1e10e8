package dev.convoy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What it finds on a GPU that computes wrongly, {@code EmulatedGpuTest} tells. */
final class SelfCheckTest {

  @Test
  void backendsOfThisMachinePass() {
    Backend trusted = Backends.choose("reference").backend();
    assertThat(SelfCheck.difference(trusted, trusted)).isEmpty();
    assertThat(SelfCheck.difference(Backends.choose("cpu").backend(), trusted)).isEmpty();
  }
}
