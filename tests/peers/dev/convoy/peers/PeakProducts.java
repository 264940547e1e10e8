package dev.convoy.peers;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Locale;

/**
 * The rate of large matrix products: the arithmetic ceiling of this machine, against which a
 * network's rate is read. Prints a Markdown table. Argument: rounds (15).
 */
final class PeakProducts {

  private static final int WARM_UP = 5;
  private static final List<Integer> EXTENTS = List.of(1024, 2048, 4096);

  private PeakProducts() {}

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 15;
    Backend backend = Backends.choose("cpu").backend();
    System.out.println("Square matrix products on " + backend.description() + ":\n");
    System.out.println("| type | rows | best GFLOP/s | median GFLOP/s |");
    System.out.println("|---|---|---|---|");
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      for (int extent : EXTENTS) {
        System.out.println(measure(backend, dtype, extent, rounds));
      }
    }
  }

  private static String measure(Backend backend, DType dtype, int extent, int rounds) {
    TensorType type = new TensorType(dtype, Shape.of(extent, extent));
    GraphBuilder builder = new GraphBuilder(true);
    Value left = builder.input("left", type);
    Value right = builder.input("right", type);
    builder.output(
        "product", builder.emit(new MatmulOp(false, false, dtype), List.of(left, right)).get(0));
    double flops = 2.0 * extent * extent * extent;
    double[] rates = new double[rounds];
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      program.feed("left", Tensor.zeros(type));
      program.feed("right", Tensor.zeros(type));
      for (int i = -WARM_UP; i < rounds; i++) {
        long start = System.nanoTime();
        program.run();
        if (i >= 0) {
          rates[i] = flops / (System.nanoTime() - start);
        }
      }
    }
    Spread spread = Spread.of(rates);
    return String.format(
        Locale.ROOT,
        "| %s | %d | %.0f | %.0f |",
        dtype.name().toLowerCase(Locale.ROOT),
        extent,
        spread.max(),
        spread.median());
  }
}
