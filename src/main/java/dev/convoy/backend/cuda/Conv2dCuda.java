package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Convolution and its gradients by cuDNN. Filters are brought into the order F×KH×KW×C and the
 * pictures' type, once if they are constant and in every run if they are learned.
 */
final class Conv2dCuda {

  private Conv2dCuda() {}

  static void forward(Node node, CudaLowering lowering) {
    Conv2dOp op = (Conv2dOp) node.op();
    boolean bias = node.inputs().size() == 3;
    fused(node, new FusedConv2dOp(op, bias, false, null), lowering);
  }

  static void fused(Node node, CudaLowering lowering) {
    fused(node, (FusedConv2dOp) node.op(), lowering);
  }

  /** In one kernel; else what follows the convolution is a pass of our own over its result. */
  private static void fused(Node node, FusedConv2dOp op, CudaLowering lowering) {
    UnaryOp activation = op.activation();
    boolean known = activation == null || CudnnPointwise.fuses(activation);
    if (known && library(node, op, lowering)) {
      return;
    }
    FusedConv2dOp alone = new FusedConv2dOp(op.convolution(), false, false, null);
    Node convolution = new Node(op.convolution(), node.inputs().subList(0, 2), node.outputs(), "");
    if (!library(convolution, alone, lowering)) {
      own(convolution, lowering, DirectConv2dCuda::forward);
    }
    if (!op.equals(alone)) {
      epilogue(node, op, lowering);
    }
  }

  /** Whether cuDNN has an engine, which is added then. */
  private static boolean library(Node node, FusedConv2dOp op, CudaLowering lowering) {
    boolean help =
        PaddedChannels.help(op.convolution(), node.input(0), lowering.options().tensorFloat32());
    for (boolean padded : help ? new boolean[] {true, false} : new boolean[] {false}) {
      try {
        lower(node, op, padded, lowering);
        return true;
      } catch (CudnnGraph.NoEngineException e) {
        // Then another form, and at last our own kernels, which take anything.
      }
    }
    return false;
  }

  /** Our own kernels, which take filters in rows. */
  private static void own(
      Node node, CudaLowering lowering, Function<KernelNode, LaunchPlan> planner) {
    boolean filters = !(node.op() instanceof Conv2dOp.GradWeight);
    List<DevicePlace> inputs = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      Value input = node.input(i);
      Layout layout = filters && i == 1 ? Layout.ROW_MAJOR : Layout.CHANNELS_LAST;
      inputs.add(lowering.converted(input, input.dtype(), layout));
    }
    List<DevicePlace> outputs = node.outputs().stream().map(lowering::storage).toList();
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    Function<Value, Layout> layouts =
        value ->
            node.inputs().contains(value) && !(filters && value == node.input(1))
                ? Layout.CHANNELS_LAST
                : lowering.layout(value);
    LaunchPlan plan = planner.apply(new KernelNode(node, lowering.statusCode(node), layouts));
    PlanCuda.add(plan, inputs, outputs, touched, lowering);
  }

  /** Bias, residual and activation over the convolution's result, in its place. */
  private static void epilogue(Node node, FusedConv2dOp op, CudaLowering lowering) {
    Value y = node.output(0);
    List<DevicePlace> inputs = new ArrayList<>();
    Argument bias = Argument.ABSENT;
    Argument residual = Argument.ABSENT;
    if (op.bias()) {
      bias = Argument.input(0);
      inputs.add(lowering.storage(node.input(2)));
    }
    if (op.residual()) {
      residual = Argument.input(inputs.size());
      Value added = node.input(op.bias() ? 3 : 2);
      inputs.add(lowering.converted(added, y.dtype(), Layout.CHANNELS_LAST));
    }
    boolean wide = op.bias() && node.input(2).dtype() == DType.F32;
    List<DevicePlace> outputs = List.of(lowering.storage(y));
    List<DevicePlace> touched = new ArrayList<>(inputs);
    touched.addAll(outputs);
    Launch launch =
        DirectConv2dCuda.epilogue(
            y.dtype(), y.shape(), op.activation(), wide, Argument.output(0), bias, residual);
    PlanCuda.add(LaunchPlan.of(launch), inputs, outputs, touched, lowering);
  }

  private static void lower(Node node, FusedConv2dOp op, boolean padded, CudaLowering lowering) {
    Value x = node.input(0);
    Value w = node.input(1);
    CudnnGraph graph = forward(node, op, padded, lowering);
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.X, picture(x, x.dtype(), padded, lowering));
    places.put(CudnnConvolution.W, picture(w, x.dtype(), padded, lowering));
    if (op.bias()) {
      Value bias = node.input(2);
      places.put(CudnnConvolution.BIAS, lowering.converted(bias, DType.F32, Layout.ROW_MAJOR));
    }
    if (op.residual()) {
      Value residual = node.input(op.bias() ? 3 : 2);
      places.put(
          CudnnConvolution.RESIDUAL, lowering.converted(residual, x.dtype(), Layout.CHANNELS_LAST));
    }
    places.put(CudnnConvolution.Y, lowering.storage(node.output(0)));
    add(graph, places, lowering);
  }

  private static CudnnGraph forward(
      Node node, FusedConv2dOp op, boolean padded, CudaLowering lowering) {
    Value x = node.input(0);
    CudnnConvolution convolution =
        new CudnnConvolution(
            op.convolution(),
            x.dtype(),
            x.dtype(),
            shape(x, padded),
            shape(node.input(1), padded),
            node.output(0).shape());
    boolean tensorFloat32 = lowering.options().tensorFloat32();
    boolean plain = !op.bias() && !op.residual() && op.activation() == null;
    return plain
        ? convolution.forward(lowering.context(), tensorFloat32)
        : convolution.fused(
            lowering.context(), op.bias(), op.residual(), op.activation(), tensorFloat32);
  }

  private static Shape shape(Value value, boolean padded) {
    return padded ? PaddedChannels.padded(value.shape()) : value.shape();
  }

  /** Pictures or filters as cuDNN takes them. */
  private static DevicePlace picture(
      Value value, DType dtype, boolean padded, CudaLowering lowering) {
    return padded
        ? PaddedChannels.of(value, dtype, lowering)
        : lowering.converted(value, dtype, Layout.CHANNELS_LAST);
  }

  /** Which is a transposed convolution: cuDNN's or ours, whichever is faster. */
  static void gradInput(Node node, CudaLowering lowering) {
    try {
      CudnnGraph graph = gradInputGraph(node, lowering);
      if (libraryWins(node, graph, lowering)) {
        gradInput(node, graph, lowering);
        return;
      }
    } catch (CudnnGraph.NoEngineException e) {
      // Ours takes anything.
    }
    own(node, lowering, ConvTranspose2dCuda::convolutionGradient);
  }

  private static CudnnGraph gradInputGraph(Node node, CudaLowering lowering) {
    Conv2dOp.GradInput op = (Conv2dOp.GradInput) node.op();
    Value dy = node.input(0);
    return new CudnnConvolution(
            op.forward(),
            dy.dtype(),
            dy.dtype(),
            node.output(0).shape(),
            node.input(1).shape(),
            dy.shape())
        .gradInput(lowering.context(), lowering.options().tensorFloat32());
  }

  private static boolean libraryWins(Node node, CudnnGraph graph, CudaLowering lowering) {
    Value dy = node.input(0);
    Value filters = node.input(1);
    List<Contest.Operand> inputs =
        List.of(ContestLowering.signed(dy), ContestLowering.signed(filters));
    List<Contest.Operand> outputs = List.of(ContestLowering.signed(node.output(0)));
    Contest.Problem problem = new Contest.Problem(graph.problem(), inputs, outputs, false);
    LaunchPlan own =
        ConvTranspose2dCuda.convolutionGradient(
            new KernelNode(
                node,
                lowering.statusCode(node),
                value -> value == filters ? Layout.ROW_MAJOR : Layout.CHANNELS_LAST));
    return Contest.libraryWins(
        lowering.context(),
        problem,
        Contestant.of(lowering.context(), own),
        new CudnnDataGradient(lowering.context(), graph, filters, dy.dtype()));
  }

  private static void gradInput(Node node, CudnnGraph graph, CudaLowering lowering) {
    Value dy = node.input(0);
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.Y, lowering.converted(dy, dy.dtype(), Layout.CHANNELS_LAST));
    places.put(
        CudnnConvolution.W, lowering.converted(node.input(1), dy.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.X, lowering.storage(node.output(0)));
    add(graph, places, lowering);
  }

  static void gradWeight(Node node, CudaLowering lowering) {
    Conv2dOp op = ((Conv2dOp.GradWeight) node.op()).forward();
    try {
      gradWeight(
          node,
          weightGradient(op, node.input(0), node.input(1), node.output(0), lowering),
          lowering);
    } catch (CudnnGraph.NoEngineException e) {
      own(node, lowering, DirectConv2dCuda::weightGradient);
    }
  }

  private static void gradWeight(Node node, WeightGradient gradient, CudaLowering lowering) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Value x = node.input(0);
    Value dy = node.input(1);
    Value dw = node.output(0);
    DType computed = gradient.computed;
    boolean direct = !gradient.padded && dw.dtype() == computed && Layout.indifferent(dw.shape());
    DevicePlace target =
        direct
            ? lowering.storage(dw)
            : lowering.temporary((long) shape(dw, gradient.padded).count() * computed.bytes());
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.X, picture(x, x.dtype(), gradient.padded, lowering));
    places.put(CudnnConvolution.Y, lowering.converted(dy, dy.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.W, target);
    add(gradient.graph, places, lowering);
    if (!direct) {
      DevicePlace whole =
          gradient.padded ? PaddedChannels.cut(target, dw.shape(), computed, lowering) : target;
      ReorderCuda.add(
          lowering,
          dw.shape(),
          new ReorderCuda.Side(whole, computed, Layout.CHANNELS_LAST),
          new ReorderCuda.Side(lowering.storage(dw), dw.dtype(), Layout.ROW_MAJOR));
    }
    if (op.bias()) {
      biasGradient(dy, node.output(1), lowering);
    }
  }

  /** A graph, the type in which it writes the weights' gradient, and whether with more channels. */
  private record WeightGradient(CudnnGraph graph, DType computed, boolean padded) {}

  /**
   * In f32 beside 16-bit pictures where an engine writes so; else in the pictures' type, which
   * rounds the gradient.
   */
  private static WeightGradient weightGradient(
      Conv2dOp op, Value x, Value dy, Value dw, CudaLowering lowering) {
    boolean pad = PaddedChannels.help(op, x, lowering.options().tensorFloat32());
    CudnnGraph.NoEngineException last = null;
    for (boolean padded : pad ? new boolean[] {true, false} : new boolean[] {false}) {
      for (DType computed : new LinkedHashSet<>(List.of(dw.dtype(), x.dtype()))) {
        try {
          return weightGradient(op, x, dy, dw, computed, padded, lowering);
        } catch (CudnnGraph.NoEngineException e) {
          last = e;
        }
      }
    }
    throw Objects.requireNonNull(last);
  }

  private static WeightGradient weightGradient(
      Conv2dOp op,
      Value x,
      Value dy,
      Value dw,
      DType computed,
      boolean padded,
      CudaLowering lowering) {
    CudnnConvolution convolution =
        new CudnnConvolution(
            op, x.dtype(), computed, shape(x, padded), shape(dw, padded), dy.shape());
    boolean tensorFloat32 = lowering.options().tensorFloat32();
    return new WeightGradient(
        convolution.gradWeight(lowering.context(), tensorFloat32), computed, padded);
  }

  /** The sum over batch, height and width. */
  private static void biasGradient(Value dy, Value db, CudaLowering lowering) {
    Node sum = new Node(ReduceOp.sum(false, 0, 2, 3), List.of(dy), List.of(db), "");
    PlanCuda.strided(sum, lowering);
  }

  private static void add(CudnnGraph graph, Map<Long, DevicePlace> places, CudaLowering lowering) {
    DevicePlace workspace = lowering.scratchpad(graph.workspaceBytes());
    List<DevicePlace> touched = new ArrayList<>(places.values());
    lowering.addKernel(
        graph.over(tensor -> Objects.requireNonNull(places.get(tensor.id())).address(), workspace),
        touched.toArray(DevicePlace[]::new));
  }
}
