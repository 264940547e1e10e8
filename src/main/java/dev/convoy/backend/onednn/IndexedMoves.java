package dev.convoy.backend.onednn;

import dev.convoy.tensor.DType;

/** Elements of a pooled map to the places that indices name, and from there; bits, not numbers. */
final class IndexedMoves {

  private final PooledBlocks blocks;
  private final Storage pooled;
  private final Storage whole;
  private final PlaneBits[] bits = new PlaneBits[ThreadTeam.SIZE];
  private final ThreadTeam.Part put = this::put;
  private final ThreadTeam.Part take = this::take;

  IndexedMoves(DType dtype, PooledBlocks blocks, Storage pooled, Storage whole) {
    this.blocks = blocks;
    this.pooled = pooled;
    this.whole = whole;
    for (int part = 0; part < bits.length; part++) {
      bits[part] = new PlaneBits(dtype, blocks.mostInPlane(), blocks.mostInRow());
    }
  }

  /** To the whole, zeros elsewhere; of several elements with one place the last stays. */
  void put() {
    ThreadTeam.run(blocks.blocks.count(), blocks.mostInPlane(), put);
  }

  /** From the whole; of several elements with one place the last takes it, others take 0. */
  void take() {
    ThreadTeam.run(blocks.blocks.count(), blocks.mostInPlane(), take);
  }

  private void put(int part, int from, int to) {
    PlaneBits block = bits[part];
    Pictures map = blocks.pooled;
    for (int unit = from; unit < to; unit++) {
      int width = blocks.blocks.width(unit);
      block.clear();
      for (int row = 0; row < map.height(); row++) {
        block.loadRow(pooled, blocks.rowStart(unit, row), map.width(), map.channels(), width);
        block.put(blocks.places(part, unit, row), map.width() * width);
      }
      int start = blocks.planeStart(unit);
      block.storePlane(whole, start, blocks.whole.pixels(), map.channels(), width);
    }
  }

  private void take(int part, int from, int to) {
    PlaneBits block = bits[part];
    Pictures map = blocks.pooled;
    for (int unit = from; unit < to; unit++) {
      int width = blocks.blocks.width(unit);
      int start = blocks.planeStart(unit);
      block.loadPlane(whole, start, blocks.whole.pixels(), map.channels(), width);
      for (int row = map.height() - 1; row >= 0; row--) {
        block.take(blocks.places(part, unit, row), map.width() * width);
        block.storeRow(pooled, blocks.rowStart(unit, row), map.width(), map.channels(), width);
      }
    }
  }
}
