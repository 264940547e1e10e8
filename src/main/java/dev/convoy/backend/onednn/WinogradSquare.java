package dev.convoy.backend.onednn;

import java.util.Arrays;
import java.util.List;

/** Squares of arrays on their way through a {@link WinogradTransform}, along both axes. */
final class WinogradSquare {

  private final WinogradTransform transform;
  private final float[][][] inputColumns;
  private final float[][][] betweenColumns;
  private final float[][][] betweenRows;
  private final float[][][] outputRows;

  /**
   * @param length elements of each array
   */
  WinogradSquare(WinogradTransform transform, int length) {
    this.transform = transform;
    int inputs = transform.inputs();
    int outputs = transform.outputs();
    inputColumns = new float[inputs][inputs][length];
    betweenColumns = new float[inputs][outputs][length];
    betweenRows = new float[outputs][inputs][];
    for (int row = 0; row < outputs; row++) {
      for (int column = 0; column < inputs; column++) {
        betweenRows[row][column] = betweenColumns[column][row];
      }
    }
    outputRows = new float[outputs][outputs][length];
  }

  float[] input(int row, int column) {
    return inputColumns[column][row];
  }

  float[] output(int row, int column) {
    return outputRows[row][column];
  }

  /** Maps the first {@code count} elements of every input. */
  void apply(int count) {
    for (int column = 0; column < inputColumns.length; column++) {
      transform.apply(inputColumns[column], betweenColumns[column], count);
    }
    for (int row = 0; row < outputRows.length; row++) {
      transform.apply(betweenRows[row], outputRows[row], count);
    }
  }

  /** One for each thread; kernels of the same program take turns with them. */
  static WinogradSquare[] forTeam(WinogradTransform transform, int length, Lowering lowering) {
    return lowering.shared(
        List.of(transform, length),
        () -> {
          lowering.useHeap(ThreadTeam.SIZE * bytes(transform, length));
          WinogradSquare[] squares = new WinogradSquare[ThreadTeam.SIZE];
          Arrays.setAll(squares, part -> new WinogradSquare(transform, length));
          return squares;
        });
  }

  private static long bytes(WinogradTransform transform, int length) {
    long inputs = transform.inputs();
    long outputs = transform.outputs();
    return (inputs * inputs + inputs * outputs + outputs * outputs) * length * Float.BYTES;
  }
}
