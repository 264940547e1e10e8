package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTransform.PATCH;
import static dev.convoy.backend.onednn.WinogradTransform.TILE;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes channels-last f32 pictures of the products in the 36 planes of a chunk. */
final class WinogradGather implements ThreadTeam.Part {

  /**
   * What is done to each output before it is written.
   *
   * @param bias one for each channel, if any
   * @param residual whether to add what the output holds beforehand
   * @param relu whether negative outputs become 0; NaN stays
   */
  record Finish(@Nullable Storage bias, boolean residual, boolean relu) {

    static final Finish NOTHING = new Finish(null, false, false);
  }

  private final WinogradTiles tiles;
  private final Pictures pictures;
  private final Finish finish;
  private final Storage planes;
  private final Storage target;
  private final WinogradSquare[] squares;
  private final float[][] pixels = new float[ThreadTeam.SIZE][];
  private final float[] bias;
  private int first;

  WinogradGather(
      WinogradTiles tiles,
      Pictures pictures,
      Finish finish,
      Storage planes,
      Storage target,
      Lowering lowering) {
    this.tiles = tiles;
    this.pictures = pictures;
    this.finish = finish;
    this.planes = planes;
    this.target = target;
    this.bias = new float[finish.bias == null ? 0 : length()];
    this.squares = WinogradSquare.forTeam(WinogradTransform.OUTPUT, length(), lowering);
    Arrays.setAll(pixels, part -> new float[length()]);
  }

  private int length() {
    return tiles.across() * pictures.channels();
  }

  /** Handles the chunk that begins with this strip. */
  void run(int first) {
    this.first = first;
    int strips = Math.min(tiles.chunk(), tiles.count() - first);
    readBias();
    ThreadTeam.run(strips, (long) PATCH * PATCH * length(), this);
  }

  /** Beside each other for all tiles of a strip. */
  private void readBias() {
    if (finish.bias != null) {
      for (int tile = 0; tile < tiles.across(); tile++) {
        finish.bias.floats().get(0, bias, tile * pictures.channels(), pictures.channels());
      }
    }
  }

  @Override
  public void run(int part, int from, int to) {
    WinogradSquare square = squares[part];
    for (int strip = from; strip < to; strip++) {
      read(strip, square);
      square.apply(length());
      write(first + strip, square, pixels[part]);
    }
  }

  private void read(int strip, WinogradSquare square) {
    FloatBuffer elements = planes.floats();
    int plane = tiles.rows() * pictures.channels();
    for (int row = 0; row < PATCH; row++) {
      for (int column = 0; column < PATCH; column++) {
        int offset = (row * PATCH + column) * plane + strip * length();
        elements.get(offset, square.input(row, column), 0, length());
      }
    }
  }

  private void write(int strip, WinogradSquare square, float[] before) {
    for (int row = 0; row < TILE; row++) {
      int y = tiles.top(strip) + row;
      if (y >= pictures.height()) {
        return;
      }
      for (int column = 0; column < TILE; column++) {
        float[] output = square.output(row, column);
        int number = tiles.picture(strip) * pictures.height() + y;
        finish(output, number, tiles.left(strip) + column, before);
        writeRow(number, tiles.left(strip) + column, output);
      }
    }
  }

  private void finish(float[] output, int row, int column, float[] before) {
    if (finish.bias != null) {
      add(bias, output);
    }
    if (finish.residual) {
      readRow(row, column, before);
      add(before, output);
    }
    if (finish.relu) {
      relu(output);
    }
  }

  private static void add(float[] summand, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += summand[i];
    }
  }

  private static void relu(float[] x) {
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.max(0, x[i]);
    }
  }

  private void readRow(int row, int column, float[] into) {
    FloatBuffer elements = target.floats();
    int channels = pictures.channels();
    for (int tile = 0; tile < reached(column); tile++) {
      int pixel = row * pictures.width() + column + tile * TILE;
      elements.get(pixel * channels, into, tile * channels, channels);
    }
  }

  private void writeRow(int row, int column, float[] from) {
    FloatBuffer elements = target.floats();
    int channels = pictures.channels();
    for (int tile = 0; tile < reached(column); tile++) {
      int pixel = row * pictures.width() + column + tile * TILE;
      elements.put(pixel * channels, from, tile * channels, channels);
    }
  }

  /** Tiles whose pixel lies in the picture, if that of the first is in this column. */
  private int reached(int column) {
    int inside = (pictures.width() - column + TILE - 1) / TILE;
    return Math.max(0, Math.min(tiles.across(), inside));
  }
}
