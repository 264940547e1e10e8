package dev.convoy.backend.cuda;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One launch of a kernel, as {@code cuLaunchKernel} takes it.
 *
 * @param sharedBytes dynamic shared memory of a block
 */
public record Launch(
    CudaKernel kernel, Extent grid, Extent block, int sharedBytes, List<Argument> arguments) {

  private static final int MAX_THREADS = 1024;

  public Launch {
    arguments = List.copyOf(arguments);
    if (block.count() > MAX_THREADS) {
      throw new IllegalArgumentException(kernel + ": block " + block);
    }
  }

  /** The same with other arguments. */
  Launch with(UnaryOperator<Argument> change) {
    return new Launch(kernel, grid, block, sharedBytes, arguments.stream().map(change).toList());
  }

  static Launch of(CudaKernel kernel, Grid grid, Argument... arguments) {
    return new Launch(kernel, grid.blocks(), grid.threads(), 0, List.of(arguments));
  }
}
