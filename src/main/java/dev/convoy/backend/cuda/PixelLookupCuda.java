package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;

/** Launch of {@code pixel_lookup.cu}. */
final class PixelLookupCuda {

  private PixelLookupCuda() {}

  static LaunchPlan create(KernelNode n) {
    n.requireChannelsLast();
    int count = n.output(0).count();
    return LaunchPlan.of(
        Launch.of(
            new CudaKernel("pixel_lookup", "pixel_lookup", n.node().output(0).dtype()),
            Grid.octets(count),
            Argument.input(0),
            Argument.input(1),
            Argument.output(0),
            Argument.longs(count),
            Argument.ints(n.output(0).dim(1)),
            Argument.flag(n.node().input(1).dtype() == DType.F32)));
  }
}
