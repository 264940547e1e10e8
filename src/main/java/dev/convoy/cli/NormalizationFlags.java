package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.data.Normalization;
import dev.convoy.train.ModelWeights;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How bytes become what the model was trained on. */
final class NormalizationFlags {

  @Option(
      names = "--mean",
      paramLabel = "X",
      split = ",",
      description = "of each channel, in units of x/255; default: as the weights were trained")
  private float @Nullable [] mean;

  @Option(
      names = "--std",
      paramLabel = "X",
      split = ",",
      description = "of each channel, in units of x/255")
  private float @Nullable [] std;

  /**
   * The flags, else what the weights say, else what is usual for the data.
   *
   * @param channels of the pictures
   */
  Normalization choose(ModelWeights weights, Normalization usual, int channels) {
    if ((mean == null) != (std == null)) {
      throw new ConvoyException("--mean and --std go together: give both or none");
    }
    if (mean != null && std != null) {
      return new Normalization(expand(mean, channels), expand(std, channels));
    }
    return weights.input().filter(own -> own.channels() == channels).orElse(usual);
  }

  /** One value stands for all channels. */
  private static float[] expand(float[] values, int channels) {
    if (values.length == channels) {
      return values;
    }
    if (values.length != 1) {
      throw new ConvoyException(
          "--mean and --std have %d values for %d channels; give one a channel, or one for all"
              .formatted(values.length, channels));
    }
    float[] all = new float[channels];
    Arrays.fill(all, values[0]);
    return all;
  }
}
