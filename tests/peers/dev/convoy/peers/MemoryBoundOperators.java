package dev.convoy.peers;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.AveragePool2dOp;
import dev.convoy.op.BedOfNails2dOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Operators that do nothing but move elements, beside a copy on all cores that moves as many bytes:
 * those that the operator must read and those that it must write, each once. Prints a Markdown
 * table. Arguments: rounds (30), then extents of the pictures (16 64 56 56). Where other programs
 * keep the machine busy, compare with {@code OMP_NUM_THREADS=1}.
 */
final class MemoryBoundOperators {

  /** The compiler of the JVM needs about so long before a loop runs at its full speed. */
  private static final long WARM_UP_NANOSECONDS = 1_200_000_000L;

  /** Measures the operators alone whose names match. */
  private static final String ONLY = System.getProperty("only", ".*");

  /** As many as the backend uses. */
  private static final int THREADS =
      Optional.ofNullable(System.getenv("OMP_NUM_THREADS"))
          .map(Integer::parseInt)
          .orElse(Runtime.getRuntime().availableProcessors());

  /** One operator over inputs of these types; an i32 input holds the indices of 2×2 windows. */
  private record Subject(String name, Op op, List<TensorType> inputs) {}

  private final Backend backend;
  private final int rounds;

  private MemoryBoundOperators(Backend backend, int rounds) {
    this.backend = backend;
    this.rounds = rounds;
  }

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
    Shape pictures =
        arguments.length > 1
            ? Shape.of(IntStream.range(1, 5).map(i -> Integer.parseInt(arguments[i])).toArray())
            : Shape.of(16, 64, 56, 56);
    Backend backend = Backends.choose("cpu").backend();
    MemoryBoundOperators program = new MemoryBoundOperators(backend, rounds);
    System.out.println(
        "Pictures " + pictures + " on " + backend.description() + ", " + rounds + " rounds:\n");
    System.out.println("| operator | type | MB moved | copy ms | operator ms | ratio |");
    System.out.println("|---|---|---|---|---|---|");
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      for (Subject subject : subjects(new TensorType(dtype, pictures))) {
        if (!subject.name.matches(ONLY)) {
          continue;
        }
        System.out.println(program.measure(subject, dtype));
      }
    }
  }

  private static List<Subject> subjects(TensorType x) {
    Shape shape = x.shape();
    int height = shape.dim(2);
    int width = shape.dim(3);
    TensorType pooled = x.withShape(shape.with(2, height / 2).with(3, width / 2));
    TensorType indices = pooled.withDType(DType.I32);
    Window2d two = Window2d.of(2).stride(2);
    MaxUnpool2dOp unpool = new MaxUnpool2dOp(height, width);
    Upsample2dOp nearest = Upsample2dOp.by(2, 2, pooled.shape(), Upsample2dOp.Mode.NEAREST, false);
    Upsample2dOp bilinear = Upsample2dOp.bilinear(height, width);
    Upsample2dOp aligned = new Upsample2dOp(height, width, Upsample2dOp.Mode.BILINEAR, true);
    PadOp replicate = new PadOp(Padding2d.all(1), PadOp.Mode.REPLICATE);
    TensorType padded = x.withShape(shape.with(2, height + 2).with(3, width + 2));
    List<Subject> all = new ArrayList<>();
    all.add(new Subject("max unpool 2×2", unpool, List.of(pooled, indices)));
    all.add(
        new Subject(
            "its gradient",
            new MaxUnpool2dOp.GradInput(unpool, pooled.shape()),
            List.of(x, indices)));
    all.add(new Subject("nearest ×2", nearest, List.of(pooled)));
    all.add(
        new Subject(
            "its gradient", new Upsample2dOp.GradInput(nearest, pooled.shape()), List.of(x)));
    all.add(new Subject("bilinear ×2", bilinear, List.of(pooled)));
    all.add(
        new Subject(
            "its gradient", new Upsample2dOp.GradInput(bilinear, pooled.shape()), List.of(x)));
    all.add(new Subject("bilinear ×2, corners aligned", aligned, List.of(pooled)));
    all.add(new Subject("bed of nails ×2", new BedOfNails2dOp(2), List.of(pooled)));
    all.add(new Subject("pad 1, zero", new PadOp(Padding2d.all(1), PadOp.Mode.ZERO), List.of(x)));
    all.add(new Subject("pad 1, replicate", replicate, List.of(x)));
    all.add(new Subject("its gradient", new PadOp.GradInput(replicate, shape), List.of(padded)));
    all.add(new Subject("concat on channels", new ConcatOp(1), List.of(x, x)));
    all.add(new Subject("max pool 2×2 with indices", new MaxPool2dOp(two), List.of(x)));
    all.add(
        new Subject(
            "max pool 3×3/2 with indices",
            new MaxPool2dOp(Window2d.of(3).stride(2).padding(1)),
            List.of(x)));
    all.add(
        new Subject(
            "gradient of max pool 2×2 by indices",
            new MaxPool2dOp.GradInput(two, shape),
            List.of(pooled, indices)));
    all.add(
        new Subject(
            "average pool 3×3/2, ceil, counting padding",
            new AveragePool2dOp(
                Window2d.of(3).stride(2).padding(1).rounding(Window2d.Rounding.CEIL), true),
            List.of(x)));
    return all;
  }

  private String measure(Subject subject, DType dtype) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = new ArrayList<>();
    for (TensorType type : subject.inputs) {
      inputs.add(builder.input("x" + inputs.size(), type));
    }
    List<Value> outputs = builder.emit(subject.op, inputs);
    outputs.forEach(output -> builder.output("y" + builder.nodes().size() + output, output));
    long read = subject.inputs.stream().mapToLong(TensorType::bytes).sum();
    long written = outputs.stream().mapToLong(output -> output.type().bytes()).sum();
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      for (int i = 0; i < inputs.size(); i++) {
        program.feed("x" + i, tensor(subject.inputs.get(i)));
      }
      return compare(subject, dtype, program, read + written);
    }
  }

  private String compare(Subject subject, DType dtype, Program program, long bytes) {
    Copy copy = new Copy((int) (bytes / 2));
    double[] copies = new double[rounds];
    double[] operators = new double[rounds];
    long start = System.nanoTime();
    while (System.nanoTime() - start < WARM_UP_NANOSECONDS) {
      copy.run();
      program.run();
    }
    for (int i = 0; i < rounds; i++) {
      copies[i] = milliseconds(copy);
      operators[i] = milliseconds(program::run);
    }
    double copied = Spread.of(copies).median();
    double computed = Spread.of(operators).median();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.1f | %.2f | %.2f | %.2f |",
        subject.name,
        dtype.name().toLowerCase(Locale.ROOT),
        bytes / 1e6,
        copied,
        computed,
        computed / copied);
  }

  private static double milliseconds(Runnable work) {
    long start = nanoseconds();
    work.run();
    return (nanoseconds() - start) / 1e6;
  }

  /** With one thread the processor's time, which others on the machine disturb less. */
  private static long nanoseconds() {
    return THREADS == 1
        ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime()
        : System.nanoTime();
  }

  /** A copy of a block on all cores. */
  private static final class Copy implements Runnable {

    private final ByteBuffer from;
    private final ByteBuffer to;
    private final int parts = THREADS;

    Copy(int bytes) {
      from = ByteBuffer.allocateDirect(bytes);
      to = ByteBuffer.allocateDirect(bytes);
    }

    @Override
    public void run() {
      IntStream.range(0, parts).parallel().forEach(this::copy);
    }

    private void copy(int part) {
      int start = (int) ((long) from.capacity() * part / parts);
      int end = (int) ((long) from.capacity() * (part + 1) / parts);
      to.put(start, from, start, end - start);
    }
  }

  private static Tensor tensor(TensorType type) {
    Tensor tensor = Tensor.zeros(type);
    Random random = new Random(1);
    Shape shape = type.shape();
    int width = shape.dim(3);
    for (int i = 0; i < shape.count(); i++) {
      int row = 2 * (i / width % shape.dim(2)) + random.nextInt(2);
      int column = 2 * (i % width) + random.nextInt(2);
      boolean index = type.dtype() == DType.I32;
      tensor.set(i, index ? row * 2 * width + column : random.nextGaussian());
    }
    return tensor;
  }
}
