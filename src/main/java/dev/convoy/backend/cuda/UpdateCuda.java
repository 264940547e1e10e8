package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.backend.cuda.OptimizerCuda.Field;
import dev.convoy.graph.Node;
import dev.convoy.op.AdamUpdateOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.Op;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The optimiser: nodes with equal settings become one launch over all their parameters at the end
 * of the step. A table in the GPU's memory says where each parameter, its gradient and its moments
 * are. The check of scaled gradients goes through such a table too.
 */
final class UpdateCuda {

  private static final List<Field> READ =
      List.of(Field.WEIGHT, Field.GRADIENT, Field.FIRST_MOMENT, Field.SECOND_MOMENT);
  private static final List<Field> WRITTEN =
      List.of(Field.NEW_WEIGHT, Field.NEW_FIRST_MOMENT, Field.NEW_SECOND_MOMENT);

  /**
   * An update that waits for its launch.
   *
   * @param inputs where the node's inputs are, all tensors in one order
   */
  record Update(Node node, List<DevicePlace> inputs) {

    ParameterUpdate op() {
      return (ParameterUpdate) node.op();
    }

    int tensors() {
      return 2 + op().moments();
    }
  }

  /** What the parameters of a launch share; their weight decay may differ. */
  private record Group(Op settings, List<Value> scalars) {

    static Group of(Update update) {
      List<Value> inputs = update.node.inputs();
      return new Group(
          update.op().withWeightDecay(0), inputs.subList(update.tensors(), inputs.size()));
    }
  }

  private UpdateCuda() {}

  /** Gives the results their places; the launch comes at the end, with all of its group. */
  static void lower(Node node, CudaLowering lowering) {
    requireF32(node);
    ParameterUpdate op = (ParameterUpdate) node.op();
    lowering.tryInPlace(node.output(0), node.input(0));
    for (int moment = 1; moment <= op.moments(); moment++) {
      lowering.tryInPlace(node.output(moment), node.input(moment + 1));
    }
    Layout order = lowering.layout(node.output(0));
    List<DevicePlace> inputs = new ArrayList<>();
    for (Value input : node.inputs()) {
      boolean tensor = inputs.size() < 2 + op.moments();
      inputs.add(tensor ? lowering.converted(input, DType.F32, order) : lowering.storage(input));
    }
    Update update = new Update(node, inputs);
    if (node.outputs().stream().noneMatch(lowering::isRead)) {
      lowering.atEnd(update);
    } else {
      launch(List.of(update), lowering);
    }
  }

  private static void requireF32(Node node) {
    for (Value input : node.inputs()) {
      if (input.dtype() != DType.F32) {
        throw new ConvoyException(
            "cuda updates f32 parameters, not " + input.dtype() + "; use --device cpu");
      }
    }
  }

  /** Adds the launches of all updates that waited for the end. */
  static void launchAll(List<Update> updates, CudaLowering lowering) {
    Map<Group, List<Update>> groups = new LinkedHashMap<>();
    for (Update update : updates) {
      groups.computeIfAbsent(Group.of(update), unused -> new ArrayList<>()).add(update);
    }
    groups.values().forEach(group -> launch(group, lowering));
  }

  private static void launch(List<Update> updates, CudaLowering lowering) {
    Update first = updates.get(0);
    OptimizerCuda.Tables tables =
        OptimizerCuda.tables(
            updates.stream()
                .map(u -> new OptimizerCuda.Entry(count(u.node), u.op().weightDecay()))
                .toList());
    List<DevicePlace> places = new ArrayList<>();
    places.add(lowering.table(tables.parameters(), () -> fill(tables, updates, lowering)));
    places.add(lowering.table(tables.chunks(), () -> {}));
    places.addAll(first.inputs.subList(first.tensors(), first.inputs.size()));
    int scalars = first.tensors();
    boolean adam = first.node.op() instanceof AdamUpdateOp;
    boolean scaled = first.inputs.size() > first.op().factorIndex();
    List<DevicePlace> touched = new ArrayList<>(places);
    for (Update update : updates) {
      touched.addAll(update.inputs);
      update.node.outputs().forEach(value -> touched.add(lowering.storage(value)));
    }
    LaunchPlan plan =
        OptimizerCuda.update(
            first.node.op(),
            DType.F32,
            tables,
            new OptimizerCuda.Operands(
                Argument.input(0),
                Argument.input(1),
                Argument.input(2),
                adam ? Argument.input(3) : Argument.ABSENT,
                scaled ? Argument.input(2 + first.op().factorIndex() - scalars) : Argument.ABSENT));
    PlanCuda.add(plan, places, List.of(), touched, lowering);
  }

  private static int count(Node node) {
    return node.input(0).shape().count();
  }

  private static void fill(
      OptimizerCuda.Tables tables, List<Update> updates, CudaLowering lowering) {
    for (int i = 0; i < updates.size(); i++) {
      Update update = updates.get(i);
      for (int field = 0; field < update.tensors(); field++) {
        tables.setAddress(i, READ.get(field), update.inputs.get(field).address());
      }
      for (int field = 0; field < update.tensors() - 1; field++) {
        Value output = update.node.output(field);
        tables.setAddress(i, WRITTEN.get(field), lowering.storage(output).address());
      }
    }
  }

  /** One check of all gradients. */
  static void unscale(Node node, CudaLowering lowering) {
    requireF32(node);
    List<Value> gradients = node.inputs().subList(1, node.inputs().size());
    OptimizerCuda.Tables tables =
        OptimizerCuda.tables(
            gradients.stream()
                .map(gradient -> new OptimizerCuda.Entry(gradient.shape().count(), 0))
                .toList());
    List<DevicePlace> checked = gradients.stream().map(lowering::storage).toList();
    Runnable fill =
        () -> {
          for (int i = 0; i < checked.size(); i++) {
            tables.setAddress(i, Field.GRADIENT, checked.get(i).address());
          }
        };
    List<DevicePlace> inputs =
        List.of(
            lowering.table(tables.parameters(), fill),
            lowering.table(tables.chunks(), () -> {}),
            lowering.storage(node.input(0)));
    DevicePlace factor = lowering.storage(node.output(0));
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(checked);
    touched.add(factor);
    LaunchPlan plan =
        OptimizerCuda.unscale(
            tables, Argument.input(0), Argument.input(1), Argument.input(2), Argument.output(0));
    PlanCuda.add(plan, inputs, List.of(factor), touched, lowering);
  }

  /** The scale and its counts in their own places. */
  static void lossScale(Node node, CudaLowering lowering) {
    requireF32(node);
    for (int i = 0; i < node.outputs().size(); i++) {
      lowering.tryInPlace(node.output(i), node.input(i));
    }
    LaunchPlan plan = OptimizerCuda.lossScale((LossScaleOp) node.op(), lowering.statusCode(node));
    List<DevicePlace> inputs = node.inputs().stream().map(lowering::storage).toList();
    List<DevicePlace> outputs = node.outputs().stream().map(lowering::storage).toList();
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    PlanCuda.add(plan, inputs, outputs, touched, lowering);
  }
}
