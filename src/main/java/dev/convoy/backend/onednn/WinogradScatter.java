package dev.convoy.backend.onednn;

import static dev.convoy.backend.onednn.WinogradTransform.PATCH;
import static dev.convoy.backend.onednn.WinogradTransform.TILE;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * Transforms the tiles of channels-last f32 pictures and spreads the 36 elements of each over 36
 * planes, tile by tile: matrices with a row for each tile and a column for each channel.
 */
final class WinogradScatter implements ThreadTeam.Part {

  private final WinogradTiles tiles;
  private final WinogradTransform transform;
  private final Pictures pictures;
  private final int top;
  private final int left;
  private final Storage source;
  private final Storage planes;
  private final WinogradSquare[] squares;
  private int first;

  private WinogradScatter(
      WinogradTiles tiles,
      WinogradTransform transform,
      Pictures pictures,
      int top,
      int left,
      Storage source,
      Storage planes,
      Lowering lowering) {
    this.tiles = tiles;
    this.transform = transform;
    this.pictures = pictures;
    this.top = top;
    this.left = left;
    this.source = source;
    this.planes = planes;
    this.squares = WinogradSquare.forTeam(transform, length(), lowering);
  }

  /** Of what is convolved: overlapping patches of 6×6. */
  static WinogradScatter ofInput(
      WinogradTiles tiles, Pictures pictures, Storage source, Storage planes, Lowering lowering) {
    return new WinogradScatter(
        tiles,
        WinogradTransform.INPUT,
        pictures,
        -tiles.padding().top(),
        -tiles.padding().left(),
        source,
        planes,
        lowering);
  }

  /** Of the output's gradient: tiles of 4×4. */
  static WinogradScatter ofOutputGradient(
      WinogradTiles tiles, Pictures pictures, Storage source, Storage planes, Lowering lowering) {
    return new WinogradScatter(
        tiles, WinogradTransform.OUTPUT_GRADIENT, pictures, 0, 0, source, planes, lowering);
  }

  private int length() {
    return tiles.across() * pictures.channels();
  }

  /** Handles the chunk that begins with this strip. */
  void run(int first) {
    this.first = first;
    ThreadTeam.run(tiles.chunk(), (long) PATCH * PATCH * length(), this);
  }

  @Override
  public void run(int part, int from, int to) {
    WinogradSquare square = squares[part];
    for (int strip = from; strip < to; strip++) {
      read(first + strip, square);
      square.apply(length());
      write(strip, square);
    }
  }

  private void read(int strip, WinogradSquare square) {
    int picture = tiles.picture(strip);
    for (int row = 0; row < transform.inputs(); row++) {
      int y = tiles.top(strip) + top + row;
      boolean outside = picture >= tiles.pictures() || y < 0 || y >= pictures.height();
      for (int column = 0; column < transform.inputs(); column++) {
        float[] into = square.input(row, column);
        if (outside) {
          Arrays.fill(into, 0);
        } else {
          readRow(picture * pictures.height() + y, tiles.left(strip) + left + column, into);
        }
      }
    }
  }

  /** Reads every fourth pixel of a row. */
  private void readRow(int row, int column, float[] into) {
    FloatBuffer elements = source.floats();
    int channels = pictures.channels();
    for (int tile = 0; tile < tiles.across(); tile++) {
      int x = column + tile * TILE;
      if (x < 0 || x >= pictures.width()) {
        Arrays.fill(into, tile * channels, (tile + 1) * channels, 0);
      } else {
        elements.get((row * pictures.width() + x) * channels, into, tile * channels, channels);
      }
    }
  }

  private void write(int strip, WinogradSquare square) {
    FloatBuffer elements = planes.floats();
    int plane = tiles.rows() * pictures.channels();
    for (int row = 0; row < PATCH; row++) {
      for (int column = 0; column < PATCH; column++) {
        int offset = (row * PATCH + column) * plane + strip * length();
        elements.put(offset, square.output(row, column), 0, length());
      }
    }
  }
}
