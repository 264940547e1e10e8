package dev.convoy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OneLineTest {

  @Test
  void escapesWhatBreaksLines() {
    assertThat(OneLine.of("a\nb\u2028c\ud800d")).isEqualTo("a\\u000ab\\u2028c\\ud800d");
  }

  @Test
  void cutsLongTextBetweenCodePoints() {
    assertThat(OneLine.of("😀".repeat(321))).isEqualTo("😀".repeat(320) + "…");
    assertThat(OneLine.of("a".repeat(320))).isEqualTo("a".repeat(320));
    assertThat(OneLine.escaped("a\n".repeat(400))).isEqualTo("a\\u000a".repeat(400));
  }

  @Test
  void messagesOfExceptionsAreOneLine() {
    assertThat(new ConvoyException("--model a\r\nb")).hasMessage("--model a\\u000d\\u000ab");
  }
}
