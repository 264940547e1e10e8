package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Our own kernels: the launches that {@link CudaKernels} plans, over the node's places. */
final class PlanCuda {

  private PlanCuda() {}

  /** For kernels that want pictures channels last: those that are not are copied. */
  static void pictures(Node node, CudaLowering lowering) {
    pictures(node, lowering, CudaKernels::plan);
  }

  /** The same with a plan of the node's own. */
  static void pictures(Node node, CudaLowering lowering, Function<KernelNode, LaunchPlan> planner) {
    List<DevicePlace> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      inputs.add(lowering.converted(input, input.dtype(), wanted(input)));
    }
    List<DevicePlace> outputs = new ArrayList<>();
    for (Value output : node.outputs()) {
      boolean own = lowering.layout(output) == wanted(output) || Layout.indifferent(output.shape());
      outputs.add(own ? lowering.storage(output) : lowering.temporary(output.type().bytes()));
    }
    KernelNode wanting = new KernelNode(node, lowering.statusCode(node), PlanCuda::wanted);
    add(planner.apply(wanting), inputs, outputs, lowering);
    for (int i = 0; i < outputs.size(); i++) {
      bringBack(node.output(i), outputs.get(i), lowering);
    }
  }

  static Layout wanted(Value value) {
    return value.shape().rank() == 4 && !Layout.indifferent(value.shape())
        ? Layout.CHANNELS_LAST
        : Layout.ROW_MAJOR;
  }

  private static void bringBack(Value output, DevicePlace computed, CudaLowering lowering) {
    DevicePlace own = lowering.storage(output);
    if (own != computed) {
      ReorderCuda.add(
          lowering,
          output.shape(),
          new ReorderCuda.Side(computed, output.dtype(), wanted(output)),
          new ReorderCuda.Side(own, output.dtype(), lowering.layout(output)));
    }
  }

  /** For kernels that take elements as they lie: inputs are brought into the output's layout. */
  static void elements(Node node, CudaLowering lowering) {
    Layout layout = lowering.layout(node.output(0));
    List<DevicePlace> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      Layout own = input.shape().rank() == 4 ? layout : lowering.layout(input);
      inputs.add(lowering.converted(input, input.dtype(), own));
    }
    for (Value input : node.inputs()) {
      boolean same = input.type().equals(node.output(0).type());
      if (same && lowering.tryInPlace(node.output(0), input)) {
        break;
      }
    }
    Function<Value, Layout> layouts =
        value -> value.shape().rank() == 4 ? layout : lowering.layout(value);
    add(plan(node, layouts, lowering), inputs, places(node.outputs(), lowering), lowering);
  }

  /** For kernels that step through any layout by strides. */
  static void strided(Node node, CudaLowering lowering) {
    add(
        plan(node, lowering::layout, lowering),
        places(node.inputs(), lowering),
        places(node.outputs(), lowering),
        lowering);
  }

  private static LaunchPlan plan(
      Node node, Function<Value, Layout> layouts, CudaLowering lowering) {
    return CudaKernels.plan(new KernelNode(node, lowering.statusCode(node), layouts));
  }

  private static List<DevicePlace> places(List<Value> values, CudaLowering lowering) {
    return values.stream().map(lowering::storage).toList();
  }

  private static void add(
      LaunchPlan plan, List<DevicePlace> inputs, List<DevicePlace> outputs, CudaLowering lowering) {
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    add(plan, inputs, outputs, touched, lowering);
  }

  /**
   * Adds the launches of a plan.
   *
   * @param touched all places that the launches read and write, those behind tables included
   */
  static void add(
      LaunchPlan plan,
      List<DevicePlace> inputs,
      List<DevicePlace> outputs,
      List<DevicePlace> touched,
      CudaLowering lowering) {
    DevicePlace workspace = lowering.scratchpad(plan.workspaceBytes());
    ToLongFunction<Argument> addresses =
        argument -> address(argument, inputs, outputs, workspace, lowering.status());
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
}
