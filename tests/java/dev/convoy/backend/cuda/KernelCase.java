package dev.convoy.backend.cuda;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** What tests of kernels share: types, inputs, loops over pictures. */
final class KernelCase {

  static final Layout PICTURE = Layout.CHANNELS_LAST;

  private KernelCase() {}

  /** F32, BF16 and F16; none, with the reason printed, where kernels cannot be run. */
  static Stream<DType> elements() {
    String reason = KernelServer.unavailable();
    assumeTrue(reason == null, () -> "CUDA kernels are not run on the CPU: " + reason);
    return Stream.of(DType.F32, DType.BF16, DType.F16);
  }

  /** Values in [−1.5, 1.5), rounded to the type. */
  static Tensor random(DType dtype, int seed, int... dims) {
    Random random = new Random(seed);
    return Tensor.of(
        dtype, random.doubles(Shape.of(dims).count()).map(u -> 3 * u - 1.5).toArray(), dims);
  }

  static Tensor integers(int[] values, int... dims) {
    return Tensor.of(DType.I32, Arrays.stream(values).asDoubleStream().toArray(), dims);
  }

  static TensorType type(DType dtype, int... dims) {
    return TensorType.of(dtype, dims);
  }

  /** Row-major position in N×C×H×W. */
  static int at(Shape shape, int n, int c, int h, int w) {
    return ((n * shape.dim(1) + c) * shape.dim(2) + h) * shape.dim(3) + w;
  }

  /** One output of a plan over pictures. */
  static Tensor picture(LaunchPlan plan, TensorType output, Tensor... pictures) {
    HostRun run = new HostRun();
    List.of(pictures).forEach(p -> run.input(p, PICTURE));
    return run.output(output, PICTURE).run(plan).get(0);
  }
}
