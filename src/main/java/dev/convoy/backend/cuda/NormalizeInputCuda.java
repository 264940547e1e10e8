package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;

/** Launch of {@code normalize_input.cu}. */
public final class NormalizeInputCuda {

  private NormalizeInputCuda() {}

  /**
   * From u8 pictures to (x − mean)·factor, channels last.
   *
   * @param pictures N×C×H×W, the extents of {@code x}
   * @param planes whether {@code x} lies N×C×H×W in memory, else N×H×W×C
   * @param padded channels of {@code y}; those from C on are zero
   * @param mean C floats, in units of u8
   * @param factor C floats
   */
  public static LaunchPlan create(
      DType element,
      Shape pictures,
      boolean planes,
      int padded,
      Argument x,
      Argument mean,
      Argument factor,
      Argument y) {
    int plane = pictures.dim(2) * pictures.dim(3);
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("normalize_input", "normalize_input", element),
            Grid.flat((long) pictures.dim(0) * plane),
            x,
            mean,
            factor,
            y,
            Argument.ints(pictures.dim(0)),
            Argument.ints(plane),
            Argument.ints(pictures.dim(1)),
            Argument.ints(padded),
            Argument.flag(planes)));
  }
}
