package dev.convoy.backend.cuda;

/**
 * How blocks share N·H·W rows of C channels: x goes over eights of channels, y over rows. A part is
 * the run of rows that a block sums up.
 *
 * @param lanes threads of a block along the channels
 * @param blockRows threads of a block along the rows
 * @param channelBlocks blocks along the channels
 * @param parts blocks along the rows
 * @param partRows rows of a part; the last may have fewer
 */
record ChannelTiling(
    int lanes, int blockRows, int channelBlocks, int parts, long partRows, long rows) {

  /**
   * Three full waves on the 132 multiprocessors of a large device, each of which holds two blocks;
   * more parts would cost more to merge.
   */
  private static final int BLOCKS = 792;

  /** Rows a thread should at least have, so that merging stays cheap beside summing. */
  private static final int ROWS_A_THREAD = 8;

  static ChannelTiling of(long rows, int channels) {
    int octets = Grid.ceilDivide(channels, 8);
    int lanes = lanes(octets);
    int blockRows = Grid.THREADS / lanes;
    int channelBlocks = Grid.ceilDivide(octets, lanes);
    long wanted = Math.max(1, BLOCKS / channelBlocks);
    long useful = Math.max(1, rows / ((long) blockRows * ROWS_A_THREAD));
    long partRows = (rows + Math.min(wanted, useful) - 1) / Math.min(wanted, useful);
    return new ChannelTiling(
        lanes, blockRows, channelBlocks, Grid.ceilDivide(rows, partRows), partRows, rows);
  }

  /** The largest divisor up to a warp, so that no lane idles, unless it would be tiny. */
  private static int lanes(int octets) {
    if (octets <= 32) {
      return octets;
    }
    int lanes = 32;
    while (octets % lanes != 0) {
      lanes--;
    }
    return lanes >= 16 ? lanes : 32;
  }

  Extent threads() {
    return Extent.of(lanes, blockRows);
  }

  /** One block a part. */
  Grid sums() {
    return new Grid(Extent.of(channelBlocks, parts), threads());
  }

  /**
   * For passes that write every element: a few rows a thread, so that blocks come and go, and
   * enough that the channels' factors are not read as often as the rows.
   */
  Grid elements() {
    long blocks = Math.max(1, rows / ((long) blockRows * ROWS_A_THREAD));
    return new Grid(Extent.of(channelBlocks, (int) Math.min(Extent.MAX_Y, blocks)), threads());
  }

  /** Blocks of 32 channels × 32 threads that merge the parts. */
  Grid merging(int channels) {
    return new Grid(Extent.of(Grid.ceilDivide(channels, 32)), Extent.of(32, 32));
  }
}
