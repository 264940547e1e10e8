package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/**
 * cuDNN's gradient of a convolution with respect to its input, from filters in rows: it is given
 * them in its own type and order first.
 */
final class CudnnDataGradient implements Contestant {

  private final CudaContext context;
  private final CudnnGraph graph;
  private final Value filters;
  private final DType dtype;

  /**
   * @param graph of {@link CudnnConvolution#gradInput}
   * @param filters F×C×KH×KW
   * @param dtype that the graph takes
   */
  CudnnDataGradient(CudaContext context, CudnnGraph graph, Value filters, DType dtype) {
    this.context = context;
    this.graph = graph;
    this.filters = filters;
    this.dtype = dtype;
  }

  private long filterBytes() {
    return DevicePlace.aligned((long) filters.shape().count() * dtype.bytes());
  }

  @Override
  public long workspaceBytes() {
    return 2 * filterBytes() + graph.workspaceBytes();
  }

  /** Inputs: dy, filters. Output: dx. */
  @Override
  public List<DeviceKernel> over(long[] inputs, long[] outputs, long workspace) {
    DevicePlace given = at(inputs[1]);
    DevicePlace cast = at(workspace);
    DevicePlace ordered = at(workspace + filterBytes());
    ReorderCuda.Side rows = new ReorderCuda.Side(cast, dtype, Layout.ROW_MAJOR);
    List<DeviceKernel> kernels = new ArrayList<>();
    kernels.add(
        ReorderCuda.kernel(
            context,
            filters.shape(),
            new ReorderCuda.Side(given, filters.dtype(), Layout.ROW_MAJOR),
            rows));
    kernels.add(
        ReorderCuda.kernel(
            context,
            filters.shape(),
            rows,
            new ReorderCuda.Side(ordered, dtype, Layout.CHANNELS_LAST)));
    kernels.add(
        graph.over(
            tensor -> {
              if (tensor.id() == CudnnConvolution.W) {
                return ordered.address();
              }
              return tensor.id() == CudnnConvolution.Y ? inputs[0] : outputs[0];
            },
            at(workspace + 2 * filterBytes())));
    kernels.forEach(DeviceKernel::bind);
    return kernels;
  }

  private static DevicePlace at(long address) {
    return DevicePlace.at(address, 0);
  }
}
