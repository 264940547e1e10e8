package dev.convoy.backend.cuda;

import java.util.List;
import java.util.function.ToLongFunction;

/** One of several ways to compute something; {@link Contest} finds the fastest. */
interface Contestant {

  /** Memory that it needs beside inputs and outputs. */
  long workspaceBytes();

  /**
   * Its kernels over memory, ready to run.
   *
   * @param inputs addresses, in an order on which all contestants agree
   * @param workspace a multiple of 256
   */
  List<DeviceKernel> over(long[] inputs, long[] outputs, long workspace);

  /** The launches of our own kernels. */
  static Contestant of(CudaContext context, LaunchPlan plan) {
    return new Contestant() {
      @Override
      public long workspaceBytes() {
        return plan.workspaceBytes();
      }

      @Override
      public List<DeviceKernel> over(long[] inputs, long[] outputs, long workspace) {
        // Nobody looks at the status of a contest.
        ToLongFunction<Argument> addresses =
            argument -> {
              if (argument instanceof Argument.Input input) {
                return inputs[input.index()];
              }
              if (argument instanceof Argument.Output output) {
                return outputs[output.index()];
              }
              return argument instanceof Argument.Workspace part ? workspace + part.offset() : 0;
            };
        return plan.launches().stream()
            .map(launch -> (DeviceKernel) new KernelLaunch(context, launch, addresses))
            .peek(DeviceKernel::bind)
            .toList();
      }
    };
  }
}
