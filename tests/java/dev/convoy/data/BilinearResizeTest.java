package dev.convoy.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BilinearResizeTest {

  static Picture pattern(int channels, int height, int width) {
    byte[] pixels = new byte[channels * height * width];
    int i = 0;
    for (int k = 0; k < channels; k++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          pixels[i++] = (byte) (x * 37 + y * 91 + k * 53 + x * y * 3);
        }
      }
    }
    return new Picture(Shape.of(channels, height, width), pixels);
  }

  private static Picture row(int... values) {
    byte[] pixels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      pixels[i] = (byte) values[i];
    }
    return new Picture(Shape.of(1, 1, values.length), pixels);
  }

  static String crc32(Picture picture) {
    CRC32 crc = new CRC32();
    crc.update(picture.pixels());
    return "%08x".formatted(crc.getValue());
  }

  @Test
  void enlargesByHand() {
    // Centres at 0.25, 0.75, 1.25, 1.75: 0, 0.75·0+0.25·100, 0.25·0+0.75·100, 100.
    assertThat(row(0, 100).resize(1, 4)).isEqualTo(row(0, 25, 75, 100));
  }

  @Test
  void shrinksByHand() {
    // Half-width 2: position 0 weighs pixels 0, 1, 2 by 0.75, 0.75, 0.25 over 1.75.
    assertThat(row(0, 0, 70, 210).resize(1, 2)).isEqualTo(row(10, 120));
    // The 3×3 that Pillow 12.3 gives for the 5×4 pattern.
    byte[] expected = {44, 103, (byte) 163, (byte) 154, 120, (byte) 157, 86, 97, (byte) 151};
    assertThat(pattern(1, 4, 5).resize(3, 3).pixels()).isEqualTo(expected);
  }

  /**
   * Checksums of Pillow 12.3's Image.resize(size, BILINEAR) for the same pattern, planes joined.
   */
  @ParameterizedTest
  @CsvSource({
    "3, 37, 50, 16, 16, 37c3e295",
    "1, 47, 31, 28, 28, ca19b257",
    "3, 16, 16, 23, 40, 513d920d",
    "3, 200, 300, 5, 7, 23fb054c",
    "3, 9, 13, 4, 13, 41b2914d",
    "3, 480, 640, 256, 341, 607aee06"
  })
  void equalsPillow(int channels, int h, int w, int height, int width, String checksum) {
    assertThat(crc32(pattern(channels, h, w).resize(height, width))).isEqualTo(checksum);
  }

  @Test
  void resizesAndCropsAsTorchvision() {
    // Pillow 12.3: 101×67 to 48×32 (shorter side 32), then the box (10, 2, 39, 30).
    Picture cropped = pattern(3, 67, 101).resizeShorterSide(32).centerCrop(28, 29);
    assertThat(crc32(cropped)).isEqualTo("2361d39f");
  }

  @Test
  void keepsWhatShouldStay() {
    Picture picture = pattern(3, 20, 30);
    assertThat(picture.resize(20, 30)).isEqualTo(picture);
    assertThat(picture.centerCrop(20, 30)).isEqualTo(picture);
    byte[] flat = new byte[3 * 20 * 30];
    Arrays.fill(flat, (byte) 200);
    Picture even = new Picture(Shape.of(3, 20, 30), flat);
    assertThat(even.resize(7, 61).pixels()).containsOnly((byte) 200);
    assertThat(even.resize(33, 1).pixels()).containsOnly((byte) 200);
  }

  @Test
  void mirroringCommutes() {
    Picture picture = pattern(2, 19, 23);
    assertThat(mirror(picture.resize(8, 9))).isEqualTo(mirror(picture).resize(8, 9));
  }

  private static Picture mirror(Picture picture) {
    byte[] pixels = new byte[picture.pixels().length];
    int width = picture.width();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = picture.pixels()[i - i % width + width - 1 - i % width];
    }
    return new Picture(picture.shape(), pixels);
  }

  @Test
  void coversSquaresAndOblongs() {
    Picture picture = pattern(3, 67, 101);
    assertThat(picture.cover(28, 28)).isEqualTo(picture.resizeShorterSide(28).centerCrop(28, 28));
    assertThat(picture.cover(10, 40).shape()).isEqualTo(Shape.of(3, 10, 40));
    assertThat(picture.cover(40, 10).shape()).isEqualTo(Shape.of(3, 40, 10));
  }

  @Test
  void refusesImpossibleSizes() {
    Picture picture = pattern(1, 4, 5);
    assertThatThrownBy(() -> picture.resize(0, 5)).isInstanceOf(ConvoyException.class);
    assertThatThrownBy(() -> picture.resize(100_000, 100_000))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("100000×100000");
    assertThatThrownBy(() -> picture.centerCrop(5, 5)).hasMessageContaining("resize it first");
    assertThatThrownBy(() -> new Picture(Shape.of(1, 2, 2), new byte[3]))
        .isInstanceOf(ConvoyException.class);
  }
}
