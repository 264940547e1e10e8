package dev.convoy.cli;

import dev.convoy.backend.DeviceOptions;
import picocli.CommandLine.Option;

/** Whether a step on a GPU is one launch. */
final class GraphFlag {

  @Option(
      names = "--no-graph",
      description = "launch kernels one by one on GPUs, not a step as one CUDA graph")
  private boolean off;

  DeviceOptions options(boolean tensorFloat32) {
    return new DeviceOptions(0, !off, tensorFloat32);
  }
}
