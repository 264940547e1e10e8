package dev.convoy.bench;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Bytes a second of Convoy's own kernels on the GPU: what an operator must read and must write,
 * each once, by the GPU's own clock. The addition of two tensors is the yardstick: it does nothing
 * but move. Argument: rounds.
 */
final class KernelBandwidth {

  private static final int WARM_UP = 10;

  /** An activation of ResNet-50's first stage. */
  private static final Shape PICTURES = Shape.of(64, 256, 56, 56);

  /** An operator over these types. */
  private record Subject(String name, Op op, List<TensorType> inputs) {}

  private KernelBandwidth() {}

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50;
    Backend backend = Backends.choose("cuda").backend();
    System.out.println("\nKernels over " + PICTURES + " on " + backend.description() + ":\n");
    System.out.println("| kernel | type | MB | ms | GB/s |\n|---|---|---|---|---|");
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      for (Subject subject : subjects(new TensorType(dtype, PICTURES))) {
        System.out.println(measure(backend, subject, rounds));
      }
    }
  }

  private static List<Subject> subjects(TensorType x) {
    TensorType channels = TensorType.of(DType.F32, x.shape().dim(1));
    Window2d three = Window2d.of(3).stride(2).padding(1);
    return List.of(
        new Subject("add", BinaryOp.ADD, List.of(x, x)),
        new Subject("relu", UnaryOp.RELU, List.of(x)),
        new Subject(
            "batch norm, training", new BatchNorm2dOp(1e-5, false), List.of(x, channels, channels)),
        new Subject("max pool 3×3/2", new MaxPool2dOp(three), List.of(x)),
        new Subject("average pool 3×3/2", new AveragePool2dOp(three, true), List.of(x)),
        new Subject("concat on channels", new ConcatOp(1), List.of(x, x)));
  }

  private static String measure(Backend backend, Subject subject, int rounds) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = new ArrayList<>();
    for (TensorType type : subject.inputs) {
      inputs.add(builder.input("x" + inputs.size(), type));
    }
    List<Value> outputs = builder.emit(subject.op, inputs);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    long bytes = inputs.stream().mapToLong(value -> value.type().bytes()).sum();
    bytes += outputs.stream().mapToLong(value -> value.type().bytes()).sum();
    double[] times = new double[rounds];
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      for (int i = 0; i < inputs.size(); i++) {
        program.feed("x" + i, Tensor.zeros(inputs.get(i).type()));
      }
      for (int i = -WARM_UP; i < rounds; i++) {
        long nanoseconds =
            program.profile().stream().mapToLong(Program.StepTime::nanoseconds).sum();
        if (i >= 0) {
          times[i] = nanoseconds / 1e9;
        }
      }
    }
    Arrays.sort(times);
    double median = times[rounds / 2];
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.1f | %.3f | %.0f |",
        subject.name,
        inputs.get(0).dtype().name().toLowerCase(Locale.ROOT),
        bytes / 1e6,
        median * 1e3,
        bytes / 1e9 / median);
  }
}
