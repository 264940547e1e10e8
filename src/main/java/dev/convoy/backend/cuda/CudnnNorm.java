package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.cuda.global.cudnn;

/**
 * Batch norm of channels-last pictures with residual sum and ReLU, and its gradient, as one kernel
 * of cuDNN's each (its fusions of NormForward with pointwise functions, and DReluForkDNorm). They
 * hand on 1/√(σ²+ε), the operator σ²: a kernel of our own turns one into the other.
 */
final class CudnnNorm implements Contestant {

  // Ids of tensors; those of the gradient's operands stand for what they are the gradient of.
  private static final long X = 1;
  private static final long SCALE = 2;
  private static final long SHIFT = 3;
  private static final long RESIDUAL = 4;
  private static final long Y = 5;
  private static final long MEAN = 6;
  private static final long INVERSE = 7;
  private static final long MASK = 8;
  private static final long DX = 9;
  private static final long EPSILON = 20;
  private static final long ZERO = 21;
  private static final long NORMALISED = 30;
  private static final long SUM = 31;

  private final CudaContext context;
  private final CudnnGraph graph;
  private final int channels;
  private final double epsilon;
  private final boolean gradient;

  /** Ids of the operator's inputs and outputs, in its order; INVERSE stands for the variance. */
  private final List<Long> inputs;

  private final List<Long> outputs;

  private CudnnNorm(
      CudaContext context,
      CudnnGraph graph,
      int channels,
      double epsilon,
      boolean gradient,
      List<Long> inputs,
      List<Long> outputs) {
    this.context = context;
    this.graph = graph;
    this.channels = channels;
    this.epsilon = epsilon;
    this.gradient = gradient;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  /**
   * @param x of the pictures
   * @throws CudnnGraph.NoEngineException if cuDNN has no kernel
   */
  static CudnnNorm forward(CudaContext context, TensorType x, BatchNorm2dOp op) {
    int channels = x.shape().dim(1);
    List<Long> inputs = new ArrayList<>(List.of(X, SCALE, SHIFT));
    List<Long> outputs = new ArrayList<>(List.of(Y, MEAN, INVERSE));
    List<CudnnTensor> tensors = new ArrayList<>();
    tensors.add(picture(X, x));
    tensors.add(CudnnTensor.perChannel(SCALE, channels));
    tensors.add(CudnnTensor.perChannel(SHIFT, channels));
    tensors.add(CudnnTensor.scalar(EPSILON, op.epsilon()));
    tensors.add(picture(Y, x));
    tensors.add(CudnnTensor.perChannel(MEAN, channels));
    tensors.add(CudnnTensor.perChannel(INVERSE, channels));
    if (op.residual()) {
      inputs.add(RESIDUAL);
      tensors.add(picture(RESIDUAL, x));
    }
    if (op.relu()) {
      outputs.add(MASK);
      tensors.add(CudnnTensor.bits(MASK, x.shape(), Layout.CHANNELS_LAST));
      tensors.add(CudnnTensor.scalar(ZERO, 0));
    }
    CudnnGraph graph =
        graph(context, op + " " + x, tensors, () -> forwardOperations(x, op, channels));
    return new CudnnNorm(context, graph, channels, op.epsilon(), false, inputs, outputs);
  }

  private static List<CudnnDescriptor> forwardOperations(
      TensorType x, BatchNorm2dOp op, int channels) {
    CudnnDescriptor y = picture(Y, x).describe();
    boolean more = op.residual() || op.relu();
    CudnnDescriptor normalised = more ? between(NORMALISED, x.shape()) : y;
    List<CudnnDescriptor> operations = new ArrayList<>();
    operations.add(norm(x, normalised, channels, op.epsilon()));
    CudnnDescriptor sum = normalised;
    if (op.residual()) {
      sum = op.relu() ? between(SUM, x.shape()) : y;
      operations.add(CudnnPointwise.add(normalised, picture(RESIDUAL, x).describe(), sum));
    }
    if (op.relu()) {
      operations.add(CudnnPointwise.activate(UnaryOp.RELU, sum, y));
      operations.add(
          CudnnPointwise.greater(
              sum,
              CudnnTensor.scalar(ZERO, 0).describe(),
              CudnnTensor.bits(MASK, x.shape(), Layout.CHANNELS_LAST).describe()));
    }
    return operations;
  }

  private static CudnnDescriptor norm(
      TensorType x, CudnnDescriptor target, int channels, double epsilon) {
    return new CudnnDescriptor(
            cudnn.CUDNN_BACKEND_OPERATION_NORM_FORWARD_DESCRIPTOR, "a batch norm")
        .setEnum(
            cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_MODE,
            cudnn.CUDNN_TYPE_NORM_MODE,
            cudnn.CUDNN_BATCH_NORM)
        .setEnum(
            cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_PHASE,
            cudnn.CUDNN_TYPE_NORM_FWD_PHASE,
            cudnn.CUDNN_NORM_FWD_TRAINING)
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_XDESC, picture(X, x).describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_MEAN_DESC, vector(MEAN, channels))
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_INV_VARIANCE_DESC, vector(INVERSE, channels))
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_SCALE_DESC, vector(SCALE, channels))
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_BIAS_DESC, vector(SHIFT, channels))
        .setParts(
            cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_EPSILON_DESC,
            CudnnTensor.scalar(EPSILON, epsilon).describe())
        .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_FWD_YDESC, target)
        .finalise();
  }

  /**
   * @param x of the pictures
   * @throws CudnnGraph.NoEngineException if cuDNN has no kernel
   */
  static CudnnNorm gradient(CudaContext context, TensorType x, BatchNorm2dOp.Grad op) {
    int channels = x.shape().dim(1);
    List<Long> inputs = new ArrayList<>(List.of(Y, X, SCALE, MEAN, INVERSE));
    List<Long> outputs = new ArrayList<>(List.of(DX, SCALE + DX, SHIFT + DX));
    List<CudnnTensor> tensors = new ArrayList<>();
    tensors.add(picture(Y, x));
    tensors.add(picture(X, x));
    for (long id : List.of(SCALE, MEAN, INVERSE, SCALE + DX, SHIFT + DX)) {
      tensors.add(CudnnTensor.perChannel(id, channels));
    }
    tensors.add(picture(DX, x));
    if (op.relu()) {
      inputs.add(MASK);
      tensors.add(CudnnTensor.bits(MASK, x.shape(), Layout.CHANNELS_LAST));
    }
    if (op.residual()) {
      outputs.add(RESIDUAL);
      tensors.add(picture(RESIDUAL, x));
    }
    CudnnGraph graph =
        graph(context, op + " " + x, tensors, () -> gradientOperations(x, op, channels));
    return new CudnnNorm(context, graph, channels, op.epsilon(), true, inputs, outputs);
  }

  private static List<CudnnDescriptor> gradientOperations(
      TensorType x, BatchNorm2dOp.Grad op, int channels) {
    CudnnDescriptor upstream = picture(Y, x).describe();
    List<CudnnDescriptor> operations = new ArrayList<>();
    if (op.relu()) {
      CudnnDescriptor through =
          op.residual()
              ? picture(RESIDUAL, x).describe()
              : CudnnTensor.virtual(NORMALISED, x.dtype(), x.shape(), Layout.CHANNELS_LAST)
                  .describe();
      operations.add(
          CudnnPointwise.multiply(
              upstream,
              CudnnTensor.bits(MASK, x.shape(), Layout.CHANNELS_LAST).describe(),
              through));
      upstream = through;
    }
    operations.add(
        new CudnnDescriptor(
                cudnn.CUDNN_BACKEND_OPERATION_NORM_BACKWARD_DESCRIPTOR, "a batch norm's gradient")
            .setEnum(
                cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_MODE,
                cudnn.CUDNN_TYPE_NORM_MODE,
                cudnn.CUDNN_BATCH_NORM)
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_XDESC, picture(X, x).describe())
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_MEAN_DESC, vector(MEAN, channels))
            .setParts(
                cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_INV_VARIANCE_DESC, vector(INVERSE, channels))
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_DYDESC, upstream)
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_SCALE_DESC, vector(SCALE, channels))
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_DSCALE_DESC, vector(SCALE + DX, channels))
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_DBIAS_DESC, vector(SHIFT + DX, channels))
            .setParts(cudnn.CUDNN_ATTR_OPERATION_NORM_BWD_DXDESC, picture(DX, x).describe())
            .finalise());
    return operations;
  }

  private static CudnnGraph graph(
      CudaContext context,
      String problem,
      List<CudnnTensor> tensors,
      Supplier<List<CudnnDescriptor>> operations) {
    return context
        .graphs()
        .of(problem, () -> new CudnnGraph(context, problem, tensors, operations.get(), true));
  }

  private static CudnnTensor picture(long id, TensorType x) {
    return CudnnTensor.of(id, x.dtype(), x.shape(), Layout.CHANNELS_LAST);
  }

  private static CudnnDescriptor vector(long id, int channels) {
    return CudnnTensor.perChannel(id, channels).describe();
  }

  private static CudnnDescriptor between(long id, Shape shape) {
    return CudnnTensor.virtual(id, DType.F32, shape, Layout.CHANNELS_LAST).describe();
  }

  private long vectorBytes() {
    return DevicePlace.aligned(4L * channels);
  }

  @Override
  public long workspaceBytes() {
    return vectorBytes() + graph.workspaceBytes();
  }

  @Override
  public List<DeviceKernel> over(long[] given, long[] results, long workspace) {
    DeviceKernel norm =
        graph.over(
            tensor -> {
              if (tensor.id() == INVERSE) {
                return workspace;
              }
              int input = inputs.indexOf(tensor.id());
              return input >= 0 ? given[input] : results[outputs.indexOf(tensor.id())];
            },
            DevicePlace.at(workspace + vectorBytes(), 0));
    long variance = gradient ? given[inputs.indexOf(INVERSE)] : results[outputs.indexOf(INVERSE)];
    DeviceKernel turned =
        gradient
            ? turned("batch_norm2d_inverse", variance, workspace)
            : turned("batch_norm2d_variance", workspace, variance);
    List<DeviceKernel> kernels = gradient ? List.of(turned, norm) : List.of(norm, turned);
    kernels.forEach(DeviceKernel::bind);
    return kernels;
  }

  private DeviceKernel turned(String kernel, long from, long to) {
    return new KernelLaunch(
        context,
        BatchNorm2dCuda.turned(kernel, channels, epsilon),
        argument -> argument instanceof Argument.Input ? from : to);
  }
}
