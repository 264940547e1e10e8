package dev.convoy.backend.onednn;

import java.nio.FloatBuffer;

/**
 * Transforms filters: planes, one for each tap, of equally ordered weights become planes of as many
 * elements each, which for {@link WinogradTransform#FILTER} are 36 matrices and for its adjoint
 * taps again.
 */
final class WinogradFilters implements ThreadTeam.Part {

  /** Weights that are transformed at a time. */
  private static final int PIECE = 512;

  private final WinogradTransform transform;
  private final int plane;
  private final boolean turned;
  private final Storage source;
  private final Storage target;
  private final WinogradSquare[] squares;

  /**
   * @param plane weights in each plane
   * @param turned whether the filters are turned by half a circle first
   */
  WinogradFilters(
      WinogradTransform transform,
      int plane,
      boolean turned,
      Storage source,
      Storage target,
      Lowering lowering) {
    this.transform = transform;
    this.plane = plane;
    this.turned = turned;
    this.source = source;
    this.target = target;
    this.squares = WinogradSquare.forTeam(transform, PIECE, lowering);
  }

  void run() {
    ThreadTeam.run((plane + PIECE - 1) / PIECE, (long) PIECE * transform.outputs(), this);
  }

  @Override
  public void run(int part, int from, int to) {
    WinogradSquare square = squares[part];
    for (int piece = from; piece < to; piece++) {
      int start = piece * PIECE;
      int length = Math.min(PIECE, plane - start);
      read(square, start, length);
      square.apply(length);
      write(square, start, length);
    }
  }

  private void read(WinogradSquare square, int start, int length) {
    FloatBuffer elements = source.floats();
    int size = transform.inputs();
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        int tap = row * size + column;
        int from = turned ? size * size - 1 - tap : tap;
        elements.get(from * plane + start, square.input(row, column), 0, length);
      }
    }
  }

  private void write(WinogradSquare square, int start, int length) {
    FloatBuffer elements = target.floats();
    int size = transform.outputs();
    for (int row = 0; row < size; row++) {
      for (int column = 0; column < size; column++) {
        int offset = (row * size + column) * plane + start;
        elements.put(offset, square.output(row, column), 0, length);
      }
    }
  }
}
