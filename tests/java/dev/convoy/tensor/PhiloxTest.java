package dev.convoy.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The known answers that the authors publish with Random123 ({@code kat_vectors}). */
class PhiloxTest {

  @Test
  void zeros() {
    assertThat(words(0, 0, 0, 0, 0, 0))
        .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  }

  @Test
  void ones() {
    assertThat(words(-1, -1, -1, -1, -1, -1))
        .containsExactly(0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  }

  @Test
  void digitsOfPi() {
    assertThat(words(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344))
        .containsExactly(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
  }

  @Test
  void uniformNumbersLieInsideTheOpenInterval() {
    assertThat(Philox.uniform(0)).isEqualTo(0x1p-33);
    assertThat(Philox.uniform(-1)).isEqualTo(1 - 0x1p-33);
    assertThat(Philox.uniform(0x80000000)).isGreaterThan(0.5).isLessThan(0.5 + 0x1p-32);
  }

  private static int[] words(int key0, int key1, int c0, int c1, int c2, int c3) {
    int[] words = new int[4];
    Philox.words(key0, key1, c0, c1, c2, c3, words);
    return words;
  }
}
