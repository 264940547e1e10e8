package dev.convoy.backend.onednn;

import dev.convoy.op.AxisMap;
import dev.convoy.tensor.DType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Output rows whose pixels are zeros or input pixels as they are: bytes are copied in the longest
 * runs there are, and a row that repeats the one above is copied from it. Where runs are so short
 * that a copy costs more than its bytes, elements are picked one by one instead.
 */
final class PixelCopies implements ThreadTeam.Part {

  /** Bytes that could be moved while one copy begins. */
  private static final int WORTHWHILE = 64;

  private static final int ZERO = -1;

  /** Bytes of an output row that follow each other in an input row, or are zero. */
  private record Run(int to, int from, int length) {}

  private final int[] sourceRows;
  private final int inputRows;
  private final int inputBytes;
  private final int outputBytes;
  private final Run[] runs;
  private final byte[] zeros;
  private final Storage source;
  private final Storage target;
  private final DType dtype;

  /** The element that each element of a row is picked from; empty where runs are copied. */
  private final int[] picks;

  private final float[][] inputElements;
  private final float[][] outputElements;

  PixelCopies(
      AxisMap rows, AxisMap columns, int channels, DType dtype, Storage source, Storage target) {
    int pixel = channels * dtype.bytes();
    this.sourceRows = sources(rows);
    this.inputRows = rows.inputs();
    this.inputBytes = columns.inputs() * pixel;
    this.outputBytes = columns.outputs() * pixel;
    this.runs = runs(sources(columns), pixel);
    this.zeros = new byte[outputBytes];
    this.source = source;
    this.target = target;
    this.dtype = dtype;
    boolean picking = (long) runs.length * WORTHWHILE > outputBytes;
    this.picks = picking ? picks(sources(columns), channels) : new int[0];
    int parts = picking ? ThreadTeam.SIZE : 0;
    this.inputElements = new float[parts][columns.inputs() * channels];
    this.outputElements = new float[parts][columns.outputs() * channels];
  }

  private static int[] sources(AxisMap map) {
    int[] sources = new int[map.outputs()];
    for (int o = 0; o < sources.length; o++) {
      List<AxisMap.Tap> taps = map.taps(o);
      sources[o] = taps.isEmpty() ? ZERO : taps.get(0).input();
    }
    return sources;
  }

  private static Run[] runs(int[] sources, int pixel) {
    List<Run> runs = new ArrayList<>();
    int start = 0;
    for (int o = 1; o <= sources.length; o++) {
      if (o < sources.length && continues(sources, o)) {
        continue;
      }
      int from = sources[start] == ZERO ? ZERO : sources[start] * pixel;
      runs.add(new Run(start * pixel, from, (o - start) * pixel));
      start = o;
    }
    return runs.toArray(Run[]::new);
  }

  private static boolean continues(int[] sources, int o) {
    return sources[o - 1] == ZERO ? sources[o] == ZERO : sources[o] == sources[o - 1] + 1;
  }

  private static int[] picks(int[] sources, int channels) {
    int[] picks = new int[sources.length * channels];
    for (int i = 0; i < picks.length; i++) {
      int pixel = sources[i / channels];
      picks[i] = pixel == ZERO ? ZERO : pixel * channels + i % channels;
    }
    return picks;
  }

  @Override
  public void run(int part, int from, int to) {
    ByteBuffer input = source.buffer();
    ByteBuffer output = target.buffer();
    for (int row = from; row < to; row++) {
      int o = row % sourceRows.length;
      int at = row * outputBytes;
      if (sourceRows[o] == ZERO) {
        output.put(at, zeros, 0, outputBytes);
      } else if (row > from && o > 0 && sourceRows[o] == sourceRows[o - 1]) {
        output.put(at, output, at - outputBytes, outputBytes);
      } else {
        int inputRow = row / sourceRows.length * inputRows + sourceRows[o];
        if (picks.length > 0) {
          pick(part, inputRow, row);
        } else {
          copy(input, inputRow * inputBytes, output, at);
        }
      }
    }
  }

  private void copy(ByteBuffer input, int from, ByteBuffer output, int to) {
    for (Run run : runs) {
      if (run.from == ZERO) {
        output.put(to + run.to, zeros, 0, run.length);
      } else {
        output.put(to + run.to, input, from + run.from, run.length);
      }
    }
  }

  private void pick(int part, int inputRow, int outputRow) {
    float[] in = inputElements[part];
    float[] out = outputElements[part];
    source.rows(dtype).read(inputRow * in.length, in, in.length);
    for (int i = 0; i < out.length; i++) {
      out[i] = picks[i] == ZERO ? 0 : in[picks[i]];
    }
    target.rows(dtype).write(outputRow * out.length, out, out.length);
  }
}
