package dev.convoy.data;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Maps a byte x of channel c to (x/255 − mean[c]) / std[c], rounded to f32 after each operation, as
 * torchvision's {@code ToTensor} and {@code Normalize} do.
 *
 * @param mean one value per channel, in units of x/255; finite
 * @param std one value per channel, in units of x/255; finite and above 0
 */
@SuppressWarnings("ArrayRecordComponent") // Copied on the way in and out, compared by content.
public record Normalization(float[] mean, float[] std) {

  /** Mean and standard deviation of MNIST's training pixels. */
  public static final Normalization MNIST =
      new Normalization(new float[] {0.1307f}, new float[] {0.3081f});

  /** Mean and standard deviation of CIFAR-10's training pixels, red, green, blue. */
  public static final Normalization CIFAR10 =
      new Normalization(
          new float[] {0.4914f, 0.4822f, 0.4465f}, new float[] {0.2470f, 0.2435f, 0.2616f});

  /** Mean and standard deviation that torchvision's ImageNet models expect, red, green, blue. */
  public static final Normalization IMAGENET =
      new Normalization(new float[] {0.485f, 0.456f, 0.406f}, new float[] {0.229f, 0.224f, 0.225f});

  /**
   * @throws ConvoyException if the lengths differ or a value is outside its range
   */
  public Normalization {
    if (mean.length == 0 || mean.length != std.length) {
      throw new ConvoyException(
          "normalization: %d means and %d standard deviations; one of each per channel is needed"
              .formatted(mean.length, std.length));
    }
    for (int c = 0; c < mean.length; c++) {
      if (!Float.isFinite(mean[c]) || !Float.isFinite(std[c]) || std[c] <= 0) {
        throw new ConvoyException(
            "normalization: channel %d has mean %s and standard deviation %s; both must be finite"
                    .formatted(c, mean[c], std[c])
                + " and the deviation above 0");
      }
    }
    mean = mean.clone();
    std = std.clone();
  }

  @Override
  public float[] mean() {
    return mean.clone();
  }

  @Override
  public float[] std() {
    return std.clone();
  }

  public int channels() {
    return mean.length;
  }

  /** The f32 value of each byte in each channel, C×256. */
  public Tensor tables() {
    Tensor tables = Tensor.zeros(DType.F32, channels(), 256);
    FloatBuffer values = tables.bytes().asFloatBuffer();
    for (int c = 0; c < channels(); c++) {
      values.put(table(c));
    }
    return tables;
  }

  /** The f32 value of each byte 0 to 255 in one channel. */
  public float[] table(int channel) {
    float[] table = new float[256];
    for (int x = 0; x < 256; x++) {
      table[x] = (x / 255f - mean[channel]) / std[channel];
    }
    return table;
  }

  /**
   * One picture as a batch f32 1×C×H×W.
   *
   * @throws ConvoyException if the picture's channels are not as many as here
   */
  public Tensor batchOf(Picture picture) {
    Shape shape = picture.shape();
    requireChannels("picture", shape);
    float[] values = new float[shape.count()];
    new PictureNormalizer(this, shape).apply(picture.pixels(), values);
    Tensor batch = Tensor.zeros(DType.F32, 1, shape.dim(0), shape.dim(1), shape.dim(2));
    batch.bytes().asFloatBuffer().put(values);
    return batch;
  }

  void requireChannels(String what, Shape pictureShape) {
    if (pictureShape.dim(0) != channels()) {
      throw new ConvoyException(
          "%s: pictures are %s but the normalization has %d channels; the first extent must equal it"
              .formatted(what, pictureShape, channels()));
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Normalization that
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(std, that.std);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(std);
  }

  @Override
  public String toString() {
    return "mean " + Arrays.toString(mean) + ", std " + Arrays.toString(std);
  }
}
