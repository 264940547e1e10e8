package dev.convoy.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files under tests/resources were written by Pillow 12.3 from the 23×17 pattern. */
class PictureFileTest {

  @TempDir Path folder;

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in = PictureFileTest.class.getResourceAsStream("pictures/" + name)) {
      return in.readAllBytes();
    }
  }

  private Path file(String name) throws IOException {
    return write(name, bytes(name));
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static void refuses(Path file, String complaint) {
    assertThatThrownBy(() -> PictureFile.read(file, 3))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContaining(complaint)
        .hasMessageNotContaining("\n");
  }

  /** Checksums of what Pillow 12.3's convert("RGB") (planes joined) and convert("L") give. */
  @ParameterizedTest
  @CsvSource({
    "l.png, b2155db8, 650d9b50",
    "rgb.png, 2f11f6be, 26b27d6c",
    "rgba.png, 2f11f6be, 26b27d6c",
    "la.png, b2155db8, 650d9b50",
    "p.png, 732b4ecb, fa5dcdb5",
    "ptransb.png, 732b4ecb, fa5dcdb5",
    "one.png, 146c37f1, 82b585ea",
    "p4.png, f87d5e48, 096f3d01",
    "rgb.jpg, e9f6f11d, 237da317",
    "prog.jpg, d8831120, 0ce0b4c2",
    "icc.jpg, e5aa297d, 3c3373a3",
    "l.jpg, e3826c75, b5bb30ea",
    "png_named.jpg, 2f11f6be, 26b27d6c"
  })
  void decodesAsPillow(String name, String rgb, String grey) throws IOException {
    Path file = file(name);
    assertThat(BilinearResizeTest.crc32(PictureFile.read(file, 3))).isEqualTo(rgb);
    assertThat(BilinearResizeTest.crc32(PictureFile.read(file, 1))).isEqualTo(grey);
  }

  @Test
  void readsThePatternItself() throws IOException {
    assertThat(PictureFile.read(file("rgb.png"), 3).shape()).hasToString("3×17×23");
    Picture grey = PictureFile.read(file("l.png"), 1);
    assertThat(grey).isEqualTo(BilinearResizeTest.pattern(1, 17, 23));
    Tensor batch = Normalization.MNIST.batchOf(grey);
    assertThat(batch).hasToString("f32[1×1×17×23]");
    assertThat(batch.at(0, 0, 0, 1)).isEqualTo(Normalization.MNIST.table(0)[37]);
    assertThatThrownBy(() -> Normalization.CIFAR10.batchOf(grey))
        .hasMessageContaining("3 channels");
  }

  @Test
  void keepsTheUpperByteOf16Bits() throws IOException {
    // Sample x of row 0 is (low 37x, high 37x + 53), mod 256.
    Picture picture = PictureFile.read(file("i16.png"), 1);
    assertThat(picture.at(0, 0, 0)).isEqualTo(53);
    assertThat(picture.at(0, 0, 2)).isEqualTo(127);
  }

  @Test
  void lumaIsRounded() {
    assertThat(PixelConversion.luma(255, 255, 255)).isEqualTo((byte) 255);
    assertThat(PixelConversion.luma(255, 0, 0)).isEqualTo((byte) 76);
    assertThat(PixelConversion.luma(0, 255, 0)).isEqualTo((byte) 150);
    assertThat(PixelConversion.luma(0, 0, 255)).isEqualTo((byte) 29);
  }

  @Test
  void refusesOtherFormats() throws IOException {
    refuses(file("cmyk.jpg"), "is CMYK");
    refuses(file("r.gif"), "neither PNG nor JPEG");
    refuses(write("empty.png", new byte[0]), "neither PNG nor JPEG");
    refuses(write("text.jpg", "hello".getBytes(UTF_8)), "neither PNG nor JPEG");
    refuses(folder.resolve("none.png"), "no such file");
    refuses(Files.createDirectory(folder.resolve("folder.png")), "no such file");
    assertThatThrownBy(() -> PictureFile.read(file("rgb.png"), 4)).hasMessageContaining("not 4");
  }

  @Test
  void refusesDamagedFiles() throws IOException {
    byte[] png = bytes("rgb.png");
    byte[] jpeg = bytes("rgb.jpg");
    refuses(write("half.png", Arrays.copyOf(png, png.length / 2)), "damaged or cut short");
    refuses(write("header.png", Arrays.copyOf(png, 20)), "damaged or cut short");
    byte[] flipped = png.clone();
    flipped[60] ^= (byte) 0xff;
    refuses(write("flipped.png", flipped), "damaged or cut short");
    refuses(write("empty-picture.png", withSize(png, 0, 0)), "damaged or cut short");
    refuses(write("negative.png", withSize(png, -1, 5)), "damaged or cut short");
    refuses(write("tail.jpg", Arrays.copyOf(jpeg, jpeg.length - 2)), "is cut short");
    refuses(write("scan.jpg", Arrays.copyOf(jpeg, jpeg.length - 200)), "is cut short");
    refuses(write("tables.jpg", Arrays.copyOf(jpeg, 200)), "damaged or cut short");
    refuses(write("start.jpg", Arrays.copyOf(jpeg, 4)), "picture ");
  }

  @Test
  void refusesHugePicturesBeforeDecoding() throws IOException {
    byte[] png = bytes("rgb.png");
    refuses(write("huge.png", withSize(png, 100_000, 100_000)), "100000×100000 has 10000000000");
    refuses(write("over.png", withSize(png, 89_478_486, 1)), "at most 89478485");
    refuses(write("forged.png", withSize(png, 9000, 9000)), "9000×9000 pixels do not fit into its");
  }

  /** Nothing packs more densely than one colour at a bit a pixel. */
  @Test
  void readsWhatPacksMostDensely() throws IOException {
    BufferedImage black = new BufferedImage(3000, 3000, BufferedImage.TYPE_BYTE_BINARY);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(black, "png", png);
    Picture read = PictureFile.read(write("black.png", png.toByteArray()), 1);
    assertThat(read.shape()).isEqualTo(Shape.of(1, 3000, 3000));
    assertThat(read.at(0, 2999, 2999)).isZero();
  }

  /** Another size in the PNG's header chunk, its checksum made right. */
  private static byte[] withSize(byte[] png, int width, int height) {
    byte[] changed = png.clone();
    CRC32 crc = new CRC32();
    ByteBuffer buffer = ByteBuffer.wrap(changed).putInt(16, width).putInt(20, height);
    crc.update(changed, 12, 17);
    buffer.putInt(29, (int) crc.getValue());
    return changed;
  }
}
