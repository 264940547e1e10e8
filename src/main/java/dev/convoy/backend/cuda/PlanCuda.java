package dev.convoy.backend.cuda;

import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Our own kernels: the launches that {@link CudaKernels} plans, over the node's places. */
final class PlanCuda {

  private PlanCuda() {}

  static void lower(Node node, CudaLowering lowering) {
    KernelNode description = new KernelNode(node, lowering.statusCode(node), lowering::layout);
    add(CudaKernels.plan(description), node, lowering);
  }

  static void add(LaunchPlan plan, Node node, CudaLowering lowering) {
    List<DevicePlace> inputs = node.inputs().stream().map(lowering::storage).toList();
    List<DevicePlace> outputs = node.outputs().stream().map(lowering::storage).toList();
    DevicePlace workspace = lowering.scratchpad(plan.workspaceBytes());
    ToLongFunction<Argument> addresses =
        argument -> address(argument, inputs, outputs, workspace, lowering.status());
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    for (Launch launch : plan.launches()) {
      if (launch.arguments().contains(Argument.STATUS)) {
        lowering.noteStatusUse();
      }
      lowering.addKernel(
          new KernelLaunch(lowering.context(), launch, addresses),
          touched.toArray(DevicePlace[]::new));
    }
  }

  private static long address(
      Argument argument,
      List<DevicePlace> inputs,
      List<DevicePlace> outputs,
      DevicePlace workspace,
      DevicePlace status) {
    if (argument instanceof Argument.Input input) {
      return inputs.get(input.index()).address();
    }
    if (argument instanceof Argument.Output output) {
      return outputs.get(output.index()).address();
    }
    if (argument instanceof Argument.Workspace part) {
      return workspace.address() + part.offset();
    }
    return argument instanceof Argument.Status ? status.address() : 0;
  }

  /** A function of one value or a sum that may be written over its input. */
  static void lowerInPlace(Node node, CudaLowering lowering) {
    for (Value input : node.inputs()) {
      boolean same = input.type().equals(node.output(0).type());
      if (same && lowering.tryInPlace(node.output(0), input)) {
        break;
      }
    }
    lower(node, lowering);
  }
}
