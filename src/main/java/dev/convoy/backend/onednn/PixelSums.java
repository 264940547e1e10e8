package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import dev.convoy.tensor.DType;
import java.util.Arrays;

/**
 * Output rows whose pixels are weighted sums of input pixels, where the native kernels are missing:
 * input rows are summed into one, then its pixels.
 */
final class PixelSums implements ThreadTeam.Part {

  private final AxisMap rows;
  private final AxisMap columns;
  private final int channels;
  private final DType dtype;
  private final Storage source;
  private final Storage target;
  private final float[][] inputs;
  private final float[][] sums;
  private final float[][] outputs;

  PixelSums(
      AxisMap rows, AxisMap columns, int channels, DType dtype, Storage source, Storage target) {
    this.rows = rows;
    this.columns = columns;
    this.channels = channels;
    this.dtype = dtype;
    this.source = source;
    this.target = target;
    this.inputs = new float[ThreadTeam.SIZE][columns.inputs() * channels];
    this.sums = new float[ThreadTeam.SIZE][columns.inputs() * channels];
    this.outputs = new float[ThreadTeam.SIZE][columns.outputs() * channels];
  }

  @Override
  public void run(int part, int from, int to) {
    float[] sum = sums[part];
    float[] output = outputs[part];
    for (int row = from; row < to; row++) {
      Arrays.fill(sum, 0);
      int picture = row / rows.outputs() * rows.inputs();
      for (AxisMap.Tap tap : rows.taps(row % rows.outputs())) {
        addRow(picture + tap.input(), (float) tap.weight(), inputs[part], sum);
      }
      Arrays.fill(output, 0);
      for (int pixel = 0; pixel < columns.outputs(); pixel++) {
        for (AxisMap.Tap tap : columns.taps(pixel)) {
          addPixel((float) tap.weight(), sum, tap.input(), output, pixel);
        }
      }
      target.rows(dtype).write(row * output.length, output, output.length);
    }
  }

  private void addRow(int row, float weight, float[] input, float[] sum) {
    source.rows(dtype).read(row * input.length, input, input.length);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * input[i];
    }
  }

  private void addPixel(float weight, float[] sum, int from, float[] output, int to) {
    for (int channel = 0; channel < channels; channel++) {
      output[to * channels + channel] += weight * sum[from * channels + channel];
    }
  }
}
