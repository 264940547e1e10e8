package dev.convoy.backend.onednn;

/**
 * What the kernels that follow indices share: where the rows of a block of channels begin in the
 * pooled map and its plane in the whole, and the indices of a row. Each part of a loop has its own
 * arrays.
 */
final class PooledBlocks {

  final Pictures pooled;
  final Pictures whole;
  final PlaneBlocks blocks;

  private final Storage indices;
  private final int[][] read = new int[ThreadTeam.SIZE][];

  PooledBlocks(Pictures pooled, Pictures whole, Storage indices) {
    this.pooled = pooled;
    this.whole = whole;
    this.blocks = PlaneBlocks.of(whole);
    this.indices = indices;
    for (int part = 0; part < ThreadTeam.SIZE; part++) {
      read[part] = new int[mostInRow()];
    }
  }

  /** Elements of a pooled row of the widest block. */
  int mostInRow() {
    return pooled.width() * blocks.block();
  }

  /** Elements of a plane of the widest block. */
  int mostInPlane() {
    return whole.pixels() * blocks.block();
  }

  /** Offset of the block's first element of a row, in a value of the pooled shape. */
  int rowStart(int unit, int row) {
    return (blocks.picture(unit) * pooled.height() + row) * pooled.rowLength()
        + blocks.firstChannel(unit);
  }

  /** Offset of the block's first element in a value of the whole shape. */
  int planeStart(int unit) {
    return blocks.picture(unit) * whole.length() + blocks.firstChannel(unit);
  }

  /** The indices of a row of the block. */
  int[] indices(int part, int unit, int row) {
    int[] into = read[part];
    int width = blocks.width(unit);
    int start = rowStart(unit, row);
    PlaneBits.Words.load(indices.ints(), into, start, pooled.width(), pooled.channels(), width);
    return into;
  }
}
