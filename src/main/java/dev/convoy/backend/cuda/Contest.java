package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.cuda.global.cudart;

/**
 * Our own kernels against a library's: both compute the same over made-up data in memory of their
 * own, never over live data, and the library's are taken if they are faster and give the same
 * result. The outcome is remembered as {@link PlanCache} does.
 */
final class Contest {

  private static final int RUNS = 5;

  /** Made-up data is repeated, and results are compared, in stretches of so many bytes. */
  private static final int STRETCH = 1 << 18;

  /** How far results may be apart: errors are far larger, rounding is smaller. */
  private static final double TOLERANCE = 0.03;

  private static final int SEED = 20;

  /** What an operand is filled with. */
  enum Content {
    SIGNED,
    POSITIVE,
    /** Bits of a mask; the type is U8. */
    BITS
  }

  record Operand(DType dtype, long count, Content content) {

    long bytes() {
      return count * dtype.bytes();
    }
  }

  /**
   * @param name everything that the outcome depends on
   * @param nan whether a NaN in the first input must go as far with both
   */
  record Problem(String name, List<Operand> inputs, List<Operand> outputs, boolean nan) {}

  private final CudaContext context;
  private final Problem problem;

  private Contest(CudaContext context, Problem problem) {
    this.context = context;
    this.problem = problem;
  }

  /** Whether the library's kernels should be used. */
  static boolean libraryWins(
      CudaContext context, Problem problem, Contestant own, Contestant library) {
    Contest contest = new Contest(context, problem);
    return context
            .plans()
            .fastest("own or library: " + problem.name, () -> contest.hold(own, library))
        == 1;
  }

  private int hold(Contestant own, Contestant library) {
    long inputs = total(problem.inputs);
    long outputs = total(problem.outputs);
    long workspace = Math.max(own.workspaceBytes(), library.workspaceBytes());
    try (DeviceMemory memory =
        new DeviceMemory(context, inputs + 2 * outputs + DevicePlace.aligned(workspace))) {
      long[] given = addresses(problem.inputs, memory.address());
      long[] first = addresses(problem.outputs, memory.address() + inputs);
      long[] second = addresses(problem.outputs, memory.address() + inputs + outputs);
      long scratch = memory.address() + inputs + 2 * outputs;
      List<DeviceKernel> ours = own.over(given, first, scratch);
      List<DeviceKernel> theirs = library.over(given, second, scratch);
      fill(given);
      if (!agree(ours, first, theirs, second)) {
        return 0;
      }
      if (problem.nan) {
        spoil(given[0]);
        if (!agree(ours, first, theirs, second)) {
          return 0;
        }
        fill(given);
      }
      return CudaTimer.quickest(context, RUNS, () -> run(theirs))
              < CudaTimer.quickest(context, RUNS, () -> run(ours))
          ? 1
          : 0;
    } catch (CudaException e) {
      if (e.deviceLost()) {
        throw e;
      }
      return 0; // A library that fails has lost.
    }
  }

  private static void run(List<DeviceKernel> kernels) {
    kernels.forEach(DeviceKernel::run);
  }

  private static long total(List<Operand> operands) {
    return operands.stream().mapToLong(operand -> DevicePlace.aligned(operand.bytes())).sum();
  }

  private static long[] addresses(List<Operand> operands, long start) {
    long[] addresses = new long[operands.size()];
    long next = start;
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = next;
      next += DevicePlace.aligned(operands.get(i).bytes());
    }
    return addresses;
  }

  private void fill(long[] addresses) {
    Random random = new Random(SEED);
    for (int i = 0; i < addresses.length; i++) {
      Operand operand = problem.inputs.get(i);
      int bytes = (int) Math.min(operand.bytes(), STRETCH);
      HostCopy.write(context, made(operand, bytes / operand.dtype.bytes(), random), addresses[i]);
      for (long done = bytes; done < operand.bytes(); done *= 2) {
        long more = Math.min(done, operand.bytes() - done);
        CudaException.check(
            cudart.cudaMemcpyAsync(
                DevicePlace.at(addresses[i] + done),
                DevicePlace.at(addresses[i]),
                more,
                cudart.cudaMemcpyDeviceToDevice,
                context.stream()),
            "making up data");
      }
    }
  }

  private static ByteBuffer made(Operand operand, int count, Random random) {
    if (operand.content == Content.BITS) {
      byte[] bits = new byte[count];
      random.nextBytes(bits);
      return ByteBuffer.wrap(bits);
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      double value = random.nextDouble();
      values[i] = operand.content == Content.POSITIVE ? 0.5 + value : 2 * value - 1;
    }
    return Tensor.of(DType.F64, values, count).cast(operand.dtype).bytes();
  }

  /** Makes the first element NaN: bits that are all ones are, in every type. */
  private void spoil(long address) {
    byte[] ones = new byte[problem.inputs.get(0).dtype.bytes()];
    Arrays.fill(ones, (byte) 0xff);
    HostCopy.write(context, ByteBuffer.wrap(ones), address);
  }

  private boolean agree(
      List<DeviceKernel> ours, long[] first, List<DeviceKernel> theirs, long[] second) {
    run(ours);
    run(theirs);
    context.synchronize();
    for (int i = 0; i < first.length; i++) {
      Operand operand = problem.outputs.get(i);
      long tail = Math.max(0, operand.bytes() - STRETCH);
      for (long offset : new long[] {0, tail}) {
        if (!same(operand, read(operand, first[i] + offset), read(operand, second[i] + offset))) {
          return false;
        }
      }
    }
    return true;
  }

  private ByteBuffer read(Operand operand, long address) {
    int bytes = (int) Math.min(operand.bytes(), STRETCH);
    ByteBuffer copy = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    HostCopy.read(context, address, copy);
    return copy.clear();
  }

  static boolean same(Operand operand, ByteBuffer ours, ByteBuffer theirs) {
    if (operand.content == Content.BITS) {
      int different = 0;
      for (int i = 0; i < ours.limit(); i++) {
        different += Integer.bitCount((ours.get(i) ^ theirs.get(i)) & 0xff);
      }
      return different <= TOLERANCE * 8 * ours.limit();
    }
    int count = ours.limit() / operand.dtype.bytes();
    double[] a = doubles(operand, ours, count);
    double[] b = doubles(operand, theirs, count);
    double distance = 0;
    double length = 0;
    for (int i = 0; i < count; i++) {
      if (Double.isNaN(a[i]) != Double.isNaN(b[i])) {
        return false;
      }
      if (!Double.isNaN(a[i])) {
        distance += (a[i] - b[i]) * (a[i] - b[i]);
        length += a[i] * a[i];
      }
    }
    return Math.sqrt(distance) <= TOLERANCE * Math.sqrt(length) + 1e-6;
  }

  private static double[] doubles(Operand operand, ByteBuffer bytes, int count) {
    return Tensor.wrap(TensorType.of(operand.dtype, count), bytes).toDoubles();
  }
}
