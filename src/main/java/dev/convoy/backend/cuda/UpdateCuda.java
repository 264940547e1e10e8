package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.cuda.OptimizerCuda.Field;
import dev.convoy.graph.Node;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.Op;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The optimiser: nodes with equal settings become one launch over all their parameters at the end
 * of the step. A table in the GPU's memory says where each parameter, its gradient and its moments
 * are.
 */
final class UpdateCuda {

  private static final List<Field> READ =
      List.of(Field.WEIGHT, Field.GRADIENT, Field.FIRST_MOMENT, Field.SECOND_MOMENT);
  private static final List<Field> WRITTEN =
      List.of(Field.NEW_WEIGHT, Field.NEW_FIRST_MOMENT, Field.NEW_SECOND_MOMENT);

  /** What the parameters of a launch share; their weight decay may differ. */
  private record Group(Op settings, List<Value> scalars) {

    static Group of(Node node) {
      int own = 2 + moments(node);
      return new Group(withoutDecay(node.op()), node.inputs().subList(own, node.inputs().size()));
    }
  }

  private UpdateCuda() {}

  /** Gives the results their places; the launch comes at the end, with all of its group. */
  static void lower(Node node, CudaLowering lowering) {
    for (Value input : node.inputs()) {
      if (input.dtype() != DType.F32) {
        throw new ConvoyException(
            "cuda updates f32 parameters, not " + input.dtype() + "; use --device cpu");
      }
    }
    lowering.tryInPlace(node.output(0), node.input(0));
    for (int moment = 1; moment <= moments(node); moment++) {
      lowering.tryInPlace(node.output(moment), node.input(moment + 1));
    }
    if (node.outputs().stream().noneMatch(lowering::isRead)) {
      lowering.atEnd(node);
    } else {
      launch(List.of(node), lowering);
    }
  }

  /** Adds the launches of all updates that waited for the end. */
  static void launchAll(List<Node> updates, CudaLowering lowering) {
    Map<Group, List<Node>> groups = new LinkedHashMap<>();
    for (Node node : updates) {
      groups.computeIfAbsent(Group.of(node), unused -> new ArrayList<>()).add(node);
    }
    groups.values().forEach(nodes -> launch(nodes, lowering));
  }

  private static int moments(Node node) {
    return node.outputs().size() - 1;
  }

  private static Op withoutDecay(Op op) {
    return op instanceof SgdUpdateOp sgd
        ? new SgdUpdateOp(sgd.momentum(), 0, sgd.nesterov())
        : withoutDecay((AdamUpdateOp) op);
  }

  private static AdamUpdateOp withoutDecay(AdamUpdateOp adam) {
    return new AdamUpdateOp(adam.beta1(), adam.beta2(), adam.epsilon(), 0, adam.decoupled());
  }

  private static double decay(Op op) {
    return op instanceof SgdUpdateOp sgd ? sgd.weightDecay() : ((AdamUpdateOp) op).weightDecay();
  }

  private static void launch(List<Node> nodes, CudaLowering lowering) {
    List<OptimizerCuda.Entry> entries = new ArrayList<>();
    List<DevicePlace> touched = new ArrayList<>();
    for (Node node : nodes) {
      entries.add(new OptimizerCuda.Entry(node.input(0).shape().count(), decay(node.op())));
      node.inputs().forEach(value -> touched.add(lowering.storage(value)));
      node.outputs().forEach(value -> touched.add(lowering.storage(value)));
    }
    OptimizerCuda.Tables tables = OptimizerCuda.tables(entries);
    List<DevicePlace> arguments = new ArrayList<>();
    arguments.add(lowering.table(tables.parameters(), () -> fill(tables, nodes, lowering)));
    arguments.add(lowering.table(tables.chunks(), () -> {}));
    Group.of(nodes.get(0)).scalars.forEach(value -> arguments.add(lowering.storage(value)));
    lowering.noteStatusUse();
    lowering.addKernel(
        new KernelLaunch(
            lowering.context(),
            launch(nodes.get(0).op(), tables.blocks()),
            argument -> address(argument, arguments, lowering)),
        touched.toArray(DevicePlace[]::new));
  }

  private static long address(
      Argument argument, List<DevicePlace> arguments, CudaLowering lowering) {
    if (argument instanceof Argument.Input input) {
      return arguments.get(input.index()).address();
    }
    return argument instanceof Argument.Status ? lowering.status().address() : 0;
  }

  private static Launch launch(Op op, int blocks) {
    Argument parameters = Argument.input(0);
    Argument chunks = Argument.input(1);
    Argument rate = Argument.input(2);
    if (op instanceof SgdUpdateOp sgd) {
      return OptimizerCuda.sgd(
          DType.F32,
          blocks,
          parameters,
          chunks,
          rate,
          Argument.ABSENT,
          sgd.momentum(),
          sgd.nesterov());
    }
    AdamUpdateOp adam = (AdamUpdateOp) op;
    return OptimizerCuda.adam(
        DType.F32,
        blocks,
        parameters,
        chunks,
        rate,
        Argument.input(3),
        Argument.ABSENT,
        new OptimizerCuda.AdamSettings(
            adam.beta1(), adam.beta2(), adam.epsilon(), adam.decoupled()));
  }

  private static void fill(OptimizerCuda.Tables tables, List<Node> nodes, CudaLowering lowering) {
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      for (int field = 0; field < 2 + moments(node); field++) {
        tables.setAddress(i, READ.get(field), lowering.storage(node.input(field)).address());
      }
      for (int field = 0; field < 1 + moments(node); field++) {
        tables.setAddress(i, WRITTEN.get(field), lowering.storage(node.output(field)).address());
      }
    }
  }
}
