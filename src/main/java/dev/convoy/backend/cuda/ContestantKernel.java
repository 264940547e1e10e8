package dev.convoy.backend.cuda;

import java.util.ArrayList;
import java.util.List;

/** A contestant in a program: its kernels over places, as one. */
final class ContestantKernel implements DeviceKernel {

  private final Contestant contestant;
  private final List<DevicePlace> inputs;
  private final List<DevicePlace> outputs;
  private final DevicePlace workspace;
  private List<DeviceKernel> kernels = List.of();

  private ContestantKernel(
      Contestant contestant,
      List<DevicePlace> inputs,
      List<DevicePlace> outputs,
      DevicePlace workspace) {
    this.contestant = contestant;
    this.inputs = inputs;
    this.outputs = outputs;
    this.workspace = workspace;
  }

  /** Adds it to a program. */
  static void add(
      Contestant contestant,
      List<DevicePlace> inputs,
      List<DevicePlace> outputs,
      CudaLowering lowering) {
    DevicePlace workspace = lowering.scratchpad(contestant.workspaceBytes());
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    lowering.addKernel(
        new ContestantKernel(contestant, inputs, outputs, workspace),
        touched.toArray(DevicePlace[]::new));
  }

  @Override
  public void bind() {
    kernels = contestant.over(addresses(inputs), addresses(outputs), workspace.address());
  }

  private static long[] addresses(List<DevicePlace> places) {
    return places.stream().mapToLong(DevicePlace::address).toArray();
  }

  @Override
  public void run() {
    kernels.forEach(DeviceKernel::run);
  }
}
