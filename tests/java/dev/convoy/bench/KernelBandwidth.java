package dev.convoy.bench;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.cuda.Gpu;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
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
import java.util.stream.Stream;

/**
 * Bytes a second of Convoy's own kernels on the GPU, by the GPU's own clock, beside those of a copy
 * in its memory. Counted is what a kernel must move: a batch norm reads x twice, for its statistics
 * and to normalise. Argument: rounds.
 */
final class KernelBandwidth {

  private static final int WARM_UP = 10;

  /** An activation of ResNet-50's first stage, far larger than the caches. */
  private static final Shape PICTURES = Shape.of(128, 256, 56, 56);

  /**
   * Operators over inputs; the last is timed.
   *
   * @param again bytes that it moves beside each input and output once
   */
  private record Subject(String name, List<TensorType> inputs, Emitter emitter, long again) {}

  /** Adds operators to a graph; the values that the last one reads, then what it makes. */
  @FunctionalInterface
  private interface Emitter {

    Timed emit(GraphBuilder builder, List<Value> inputs);
  }

  private record Timed(List<Value> read, List<Value> written) {}

  private KernelBandwidth() {}

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 50;
    Backend backend = Backends.choose("cuda").backend();
    long bytes = new TensorType(DType.F32, PICTURES).bytes();
    double copy = 2 * bytes / Gpu.copySeconds(bytes, rounds);
    System.out.printf(
        Locale.ROOT,
        "%nKernels over %s on %s; a copy moves %.0f GB/s:%n%n",
        PICTURES,
        backend.description(),
        copy / 1e9);
    System.out.println("| kernel | type | MB | ms | GB/s | of a copy |\n|---|---|---|---|---|---|");
    for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
      for (Subject subject : subjects(new TensorType(dtype, PICTURES))) {
        System.out.println(measure(backend, subject, rounds, copy));
      }
    }
  }

  private static Subject of(String name, Op op, long again, TensorType... inputs) {
    return new Subject(
        name,
        List.of(inputs),
        (builder, values) -> new Timed(values, builder.emit(op, values)),
        again);
  }

  private static List<Subject> subjects(TensorType x) {
    TensorType channels = TensorType.of(DType.F32, x.shape().dim(1));
    TensorType mask = x.withDType(DType.U8);
    // Each pass over dy and x of the gradient is made twice, too.
    return List.of(
        of("add", BinaryOp.ADD, 0, x, x),
        of("batch norm", new BatchNorm2dOp(1e-5, false), x.bytes(), x, channels, channels),
        of(
            "batch norm + residual",
            new BatchNorm2dOp(1e-5, true, false),
            x.bytes(),
            x,
            channels,
            channels,
            x),
        of(
            "batch norm gradient",
            new BatchNorm2dOp.Grad(1e-5, false, false),
            2 * x.bytes(),
            x,
            x,
            channels,
            channels,
            channels),
        of(
            "batch norm + ReLU gradient",
            new BatchNorm2dOp.Grad(1e-5, true, true),
            2 * x.bytes() + mask.bytes(),
            x,
            x,
            channels,
            channels,
            channels,
            mask),
        of("max pool 3×3/2", new MaxPool2dOp(Window2d.of(3).stride(2).padding(1)), 0, x),
        new Subject("max unpool 2×2/2", List.of(x), KernelBandwidth::unpool, 0),
        of("concat on channels", new ConcatOp(1), 0, x, x));
  }

  /** Of what max pooling took: the backend knows then in which windows the indices lie. */
  private static Timed unpool(GraphBuilder builder, List<Value> inputs) {
    Value x = inputs.get(0);
    List<Value> pooled = builder.emit(new MaxPool2dOp(Window2d.of(2).stride(2)), List.of(x));
    Op unpool = new MaxUnpool2dOp(x.shape().dim(2), x.shape().dim(3));
    return new Timed(pooled, builder.emit(unpool, pooled));
  }

  private static String measure(Backend backend, Subject subject, int rounds, double copy) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = new ArrayList<>();
    for (TensorType type : subject.inputs) {
      inputs.add(builder.input("x" + inputs.size(), type));
    }
    Timed timed = subject.emitter.emit(builder, inputs);
    for (int i = 0; i < timed.written.size(); i++) {
      builder.output("y" + i, timed.written.get(i));
    }
    long bytes =
        subject.again
            + Stream.concat(timed.read.stream(), timed.written.stream())
                .mapToLong(value -> value.type().bytes())
                .sum();
    double median = seconds(backend, builder.build(), inputs, rounds);
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.1f | %.3f | %.0f | %.0f %% |",
        subject.name,
        inputs.get(0).dtype().name().toLowerCase(Locale.ROOT),
        bytes / 1e6,
        median * 1e3,
        bytes / 1e9 / median,
        100 * bytes / median / copy);
  }

  /** Median time of the last node's kernels. */
  private static double seconds(Backend backend, Graph graph, List<Value> inputs, int rounds) {
    Node last = graph.nodes().get(graph.nodes().size() - 1);
    double[] times = new double[rounds];
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, graph, state)) {
      for (int i = 0; i < inputs.size(); i++) {
        program.feed("x" + i, Tensor.zeros(inputs.get(i).type()));
      }
      for (int i = -WARM_UP; i < rounds; i++) {
        long nanoseconds =
            program.profile().stream()
                .filter(time -> time.step().node() == last)
                .mapToLong(Program.StepTime::nanoseconds)
                .sum();
        if (i >= 0) {
          times[i] = nanoseconds / 1e9;
        }
      }
    }
    Arrays.sort(times);
    return times[rounds / 2];
  }
}
