package dev.convoy.backend.cuda;

/** Numbers of blocks in a grid or of threads in a block. */
public record Extent(int x, int y, int z) {

  public static final int MAX_Y = 65535;

  public Extent {
    if (x < 1 || y < 1 || z < 1 || y > MAX_Y || z > MAX_Y) {
      throw new IllegalArgumentException("extent " + x + "×" + y + "×" + z);
    }
  }

  public static Extent of(int x) {
    return new Extent(x, 1, 1);
  }

  public static Extent of(int x, int y) {
    return new Extent(x, y, 1);
  }

  public long count() {
    return (long) x * y * z;
  }
}
