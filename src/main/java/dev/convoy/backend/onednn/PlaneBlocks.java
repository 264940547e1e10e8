package dev.convoy.backend.onednn;

/**
 * Pictures cut into blocks of channels, for kernels that write anywhere in a plane: each block
 * belongs to one thread. Whole pictures where there are enough for all threads.
 *
 * @param block channels of a block; the last of a picture may have fewer
 */
record PlaneBlocks(int pictures, int channels, int block) {

  /** f32 elements of a cache line. */
  private static final int LINE = 16;

  /**
   * Elements of a block that a thread should have to keep, 4 MiB of f32, where that is possible.
   */
  private static final int MOST = 1 << 20;

  static PlaneBlocks of(Pictures pictures) {
    boolean enough =
        pictures.count() % ThreadTeam.SIZE == 0 || pictures.count() > 4 * ThreadTeam.SIZE;
    int fitting = Math.max(1, MOST / pictures.pixels());
    int most =
        enough && pictures.channels() <= fitting ? pictures.channels() : Math.min(LINE, fitting);
    return new PlaneBlocks(
        pictures.count(), pictures.channels(), Math.min(most, pictures.channels()));
  }

  int count() {
    return pictures * perPicture();
  }

  int perPicture() {
    return (channels + block - 1) / block;
  }

  int picture(int unit) {
    return unit / perPicture();
  }

  int firstChannel(int unit) {
    return unit % perPicture() * block;
  }

  int width(int unit) {
    return Math.min(block, channels - firstChannel(unit));
  }
}
