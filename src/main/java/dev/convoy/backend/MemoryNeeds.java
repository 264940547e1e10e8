package dev.convoy.backend;

/**
 * Memory of a program, known before the first run.
 *
 * @param state bytes of the variables
 * @param arena bytes of all intermediate values at the peak
 * @param workspace bytes that kernels use for themselves, prepared weights included
 * @param heap how many of all these bytes are on the Java heap
 */
public record MemoryNeeds(long state, long arena, long workspace, long heap) {

  /** Nothing on the Java heap. */
  public MemoryNeeds(long state, long arena, long workspace) {
    this(state, arena, workspace, 0);
  }

  /** With so many further bytes on the Java heap. */
  public MemoryNeeds withHeap(long bytes) {
    return new MemoryNeeds(state, arena, workspace + bytes, heap + bytes);
  }

  public long total() {
    return state + arena + workspace;
  }

  /** For example {@code 812.4 MiB (variables 97.5, values 640.0, workspace 74.9)}. */
  @Override
  public String toString() {
    return String.format(
        java.util.Locale.ROOT,
        "%.1f MiB (variables %.1f, values %.1f, workspace %.1f)",
        mebibytes(total()),
        mebibytes(state),
        mebibytes(arena),
        mebibytes(workspace));
  }

  private static double mebibytes(long bytes) {
    return bytes / (1024.0 * 1024.0);
  }
}
