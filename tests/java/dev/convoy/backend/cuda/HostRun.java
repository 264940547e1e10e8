package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs a plan on the CPU. Outputs and workspace begin with bytes that are NaN in every
 * floating-point type, so that what is not written shows. Everything runs twice, the second time
 * with threads and blocks in reverse order: results must be the same bits.
 */
public final class HostRun {

  private static final byte UNWRITTEN = (byte) 0xff;

  private final List<Tensor> inputs = new ArrayList<>();
  private final List<byte[]> inputBytes = new ArrayList<>();
  private final List<TensorType> outputTypes = new ArrayList<>();
  private final List<Layout> outputLayouts = new ArrayList<>();
  private final List<KernelServer.Address> addresses = new ArrayList<>();
  private int initialStatus;
  private int status;

  /** Adds an input that lies as its shape says. */
  public HostRun input(Tensor tensor) {
    return input(tensor, Layout.ROW_MAJOR);
  }

  /** Adds an input, which is brought into a layout first. */
  public HostRun input(Tensor tensor, Layout layout) {
    inputs.add(tensor);
    boolean reorder = layout == Layout.CHANNELS_LAST && tensor.shape().rank() == 4;
    Tensor stored = reorder ? reordered(tensor, true) : tensor;
    byte[] bytes = new byte[Math.toIntExact(tensor.type().bytes())];
    stored.bytes().get(bytes);
    inputBytes.add(bytes);
    return this;
  }

  /** Adds an output and says how the kernel lays it out. */
  public HostRun output(TensorType type, Layout layout) {
    outputTypes.add(type);
    outputLayouts.add(layout);
    return this;
  }

  /** The address of input {@code target} stands in input {@code table}. */
  public HostRun address(int table, long offset, int target) {
    addresses.add(new KernelServer.Address(table, offset, target));
    return this;
  }

  /** The status word after the run. */
  public int status() {
    return status;
  }

  /** Outputs, row-major. */
  public List<Tensor> run(LaunchPlan plan) {
    List<byte[]> forwards = launchAll(plan, false);
    List<byte[]> backwards = launchAll(plan, true);
    List<Tensor> outputs = new ArrayList<>();
    for (int i = 0; i < outputTypes.size(); i++) {
      byte[] bytes = forwards.get(inputs.size() + i);
      assertThat(backwards.get(inputs.size() + i))
          .as("%s in reverse order", plan.launches().get(0).kernel().entry())
          .isEqualTo(bytes);
      Tensor stored = Tensor.wrap(outputTypes.get(i), ByteBuffer.wrap(bytes));
      outputs.add(
          outputLayouts.get(i) == Layout.CHANNELS_LAST && stored.shape().rank() == 4
              ? reordered(stored, false)
              : stored);
    }
    return outputs;
  }

  /** What an input holds after a run, for kernels that update in place. */
  public Tensor inputAfter(LaunchPlan plan, int index) {
    return inputsAfter(plan).get(index);
  }

  /** What the inputs hold after a run, as they lie in memory. */
  public List<Tensor> inputsAfter(LaunchPlan plan) {
    List<byte[]> bytes = launchAll(plan, false);
    List<Tensor> after = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      after.add(Tensor.wrap(inputs.get(i).type(), ByteBuffer.wrap(bytes.get(i))));
    }
    return after;
  }

  /** The status word before the run; 0 if not told. */
  public HostRun initialStatus(int value) {
    initialStatus = value;
    return this;
  }

  private List<byte[]> launchAll(LaunchPlan plan, boolean reversed) {
    List<KernelServer.Buffer> buffers = new ArrayList<>();
    inputBytes.forEach(bytes -> buffers.add(new KernelServer.Buffer(bytes.clone())));
    for (TensorType type : outputTypes) {
      buffers.add(unwritten(type.bytes()));
    }
    buffers.add(unwritten(plan.workspaceBytes()));
    byte[] word = new byte[4];
    ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).putInt(initialStatus);
    buffers.add(new KernelServer.Buffer(word));
    for (Launch launch : plan.launches()) {
      List<KernelServer.Place> places = launch.arguments().stream().map(this::place).toList();
      KernelServer.of(launch.kernel().element()).run(launch, reversed, buffers, places, addresses);
    }
    status =
        ByteBuffer.wrap(buffers.get(buffers.size() - 1).content())
            .order(ByteOrder.LITTLE_ENDIAN)
            .getInt();
    return buffers.stream().map(KernelServer.Buffer::content).toList();
  }

  private static KernelServer.Buffer unwritten(long size) {
    byte[] bytes = new byte[Math.toIntExact(size)];
    Arrays.fill(bytes, UNWRITTEN);
    return new KernelServer.Buffer(bytes);
  }

  private KernelServer.Place place(Argument argument) {
    int outputs = inputs.size();
    int workspace = outputs + outputTypes.size();
    if (argument instanceof Argument.Input input) {
      return KernelServer.Place.at(input.index(), 0);
    }
    if (argument instanceof Argument.Output output) {
      return KernelServer.Place.at(outputs + output.index(), 0);
    }
    if (argument instanceof Argument.Workspace place) {
      return KernelServer.Place.at(workspace, place.offset());
    }
    if (argument instanceof Argument.Status) {
      return KernelServer.Place.at(workspace + 1, 0);
    }
    return argument instanceof Argument.Bytes bytes
        ? KernelServer.Place.value(bytes.content())
        : KernelServer.Place.value(new byte[8]);
  }

  /** N×C×H×W to N×H×W×C in the bytes, or back; the type stays. */
  static Tensor reordered(Tensor tensor, boolean toChannelsLast) {
    Shape shape = tensor.shape();
    Tensor result = Tensor.zeros(tensor.type());
    int channels = shape.dim(1);
    int plane = shape.dim(2) * shape.dim(3);
    int size = tensor.dtype().bytes();
    ByteBuffer source = tensor.bytes();
    ByteBuffer target = result.bytes();
    for (int i = 0; i < shape.count(); i++) {
      int n = i / (channels * plane);
      int c = i / plane % channels;
      int position = (n * plane + i % plane) * channels + c;
      int from = toChannelsLast ? i : position;
      int to = toChannelsLast ? position : i;
      for (int b = 0; b < size; b++) {
        target.put(to * size + b, source.get(from * size + b));
      }
    }
    return result;
  }
}
