package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Convolution and its gradients by cuDNN. Filters are brought into the order F×KH×KW×C and the
 * pictures' type, once if they are constant and in every run if they are learned.
 */
final class Conv2dCuda {

  private Conv2dCuda() {}

  static void forward(Node node, CudaLowering lowering) {
    Conv2dOp op = (Conv2dOp) node.op();
    boolean bias = node.inputs().size() == 3;
    lower(node, new FusedConv2dOp(op, bias, false, null), lowering);
  }

  static void fused(Node node, CudaLowering lowering) {
    lower(node, (FusedConv2dOp) node.op(), lowering);
  }

  private static void lower(Node node, FusedConv2dOp op, CudaLowering lowering) {
    Value x = node.input(0);
    Value w = node.input(1);
    Value y = node.output(0);
    CudnnConvolution convolution =
        new CudnnConvolution(
            op.convolution(), x.dtype(), x.dtype(), x.shape(), w.shape(), y.shape());
    boolean tensorFloat32 = lowering.options().tensorFloat32();
    boolean plain = !op.bias() && !op.residual() && op.activation() == null;
    CudnnGraph graph =
        plain
            ? convolution.forward(lowering.context(), tensorFloat32)
            : convolution.fused(
                lowering.context(), op.bias(), op.residual(), op.activation(), tensorFloat32);
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.X, lowering.converted(x, x.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.W, lowering.converted(w, x.dtype(), Layout.CHANNELS_LAST));
    if (op.bias()) {
      Value bias = node.input(2);
      places.put(CudnnConvolution.BIAS, lowering.converted(bias, DType.F32, Layout.ROW_MAJOR));
    }
    if (op.residual()) {
      Value residual = node.input(op.bias() ? 3 : 2);
      places.put(
          CudnnConvolution.RESIDUAL, lowering.converted(residual, x.dtype(), Layout.CHANNELS_LAST));
    }
    places.put(CudnnConvolution.Y, lowering.storage(y));
    add(graph, places, lowering);
  }

  static void gradInput(Node node, CudaLowering lowering) {
    Conv2dOp.GradInput op = (Conv2dOp.GradInput) node.op();
    Value dy = node.input(0);
    Value w = node.input(1);
    Value dx = node.output(0);
    CudnnGraph graph =
        new CudnnConvolution(
                op.forward(), dy.dtype(), dy.dtype(), dx.shape(), w.shape(), dy.shape())
            .gradInput(lowering.context(), lowering.options().tensorFloat32());
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.Y, lowering.converted(dy, dy.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.W, lowering.converted(w, dy.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.X, lowering.storage(dx));
    add(graph, places, lowering);
  }

  static void gradWeight(Node node, CudaLowering lowering) {
    Conv2dOp.GradWeight op = (Conv2dOp.GradWeight) node.op();
    Value x = node.input(0);
    Value dy = node.input(1);
    Value dw = node.output(0);
    WeightGradient gradient = weightGradient(op.forward(), x, dy, dw, lowering);
    DType computed = gradient.computed;
    boolean direct = dw.dtype() == computed && Layout.indifferent(dw.shape());
    DevicePlace target =
        direct
            ? lowering.storage(dw)
            : lowering.temporary((long) dw.shape().count() * computed.bytes());
    Map<Long, DevicePlace> places = new HashMap<>();
    places.put(CudnnConvolution.X, lowering.converted(x, x.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.Y, lowering.converted(dy, dy.dtype(), Layout.CHANNELS_LAST));
    places.put(CudnnConvolution.W, target);
    add(gradient.graph, places, lowering);
    if (!direct) {
      ReorderCuda.add(
          lowering,
          dw.shape(),
          new ReorderCuda.Side(target, computed, Layout.CHANNELS_LAST),
          new ReorderCuda.Side(lowering.storage(dw), dw.dtype(), Layout.ROW_MAJOR));
    }
    if (op.bias()) {
      biasGradient(dy, node.output(1), lowering);
    }
  }

  /** A graph and the type in which it writes the weights' gradient. */
  private record WeightGradient(CudnnGraph graph, DType computed) {}

  /**
   * In f32 beside 16-bit pictures where an engine writes so; else in the pictures' type, which
   * rounds the gradient.
   */
  private static WeightGradient weightGradient(
      Conv2dOp op, Value x, Value dy, Value dw, CudaLowering lowering) {
    try {
      return weightGradient(op, x, dy, dw, dw.dtype(), lowering);
    } catch (CudnnGraph.NoEngineException e) {
      if (dw.dtype() == x.dtype()) {
        throw e;
      }
      return weightGradient(op, x, dy, dw, x.dtype(), lowering);
    }
  }

  private static WeightGradient weightGradient(
      Conv2dOp op, Value x, Value dy, Value dw, DType computed, CudaLowering lowering) {
    CudnnConvolution convolution =
        new CudnnConvolution(op, x.dtype(), computed, x.shape(), dw.shape(), dy.shape());
    boolean tensorFloat32 = lowering.options().tensorFloat32();
    return new WeightGradient(convolution.gradWeight(lowering.context(), tensorFloat32), computed);
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
        graph.over(
            tensor -> java.util.Objects.requireNonNull(places.get(tensor.id())).address(),
            workspace),
        touched.toArray(DevicePlace[]::new));
  }
}
