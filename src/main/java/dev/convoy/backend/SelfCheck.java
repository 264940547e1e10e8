package dev.convoy.backend;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A few tiny operators, one of each kind of kernel, on two backends: a convolution with its
 * gradients, a matrix product, batch norm, max pooling.
 */
final class SelfCheck {

  /** Rounding to 16 bits or TF32 stays far below, a wrong kernel far above. */
  private static final double TOLERANCE = 0.03;

  private static final int SEED = 7;
  private static final String MATRIX = "matrix";

  private SelfCheck() {}

  /** What a backend computes otherwise than a trusted one, in one line; empty if nothing. */
  static Optional<String> difference(Backend candidate, Backend trusted) {
    return Stream.of(DType.F32, DType.BF16)
        .filter(dtype -> candidate.lacks(dtype).isEmpty())
        .flatMap(dtype -> difference(candidate, trusted, dtype).stream())
        .findFirst();
  }

  private static Optional<String> difference(Backend candidate, Backend trusted, DType dtype) {
    Graph graph = graph(dtype);
    List<Tensor> inputs = inputs(graph);
    List<Tensor> actual = run(candidate, graph, inputs);
    List<Tensor> expected = run(trusted, graph, inputs);
    List<String> names = List.copyOf(graph.outputs().keySet());
    for (int i = 0; i < names.size(); i++) {
      double distance = distance(actual.get(i).toDoubles(), expected.get(i).toDoubles());
      if (!(distance <= TOLERANCE)) {
        return Optional.of(
            String.format(
                Locale.ROOT,
                "%s in %s is %.0f %% off the reference",
                names.get(i),
                dtype.name().toLowerCase(Locale.ROOT),
                100 * distance));
      }
    }
    return Optional.empty();
  }

  private static Graph graph(DType dtype) {
    GraphBuilder builder = new GraphBuilder(true);
    Value x = builder.input("pictures", TensorType.of(dtype, 2, 8, 9, 9));
    Value w = builder.input("filters", TensorType.of(DType.F32, 16, 8, 3, 3));
    Value dy = builder.input("upstream", TensorType.of(dtype, 2, 16, 9, 9));
    Value channels = builder.input("channels", TensorType.of(DType.F32, 8));
    Value matrix = builder.input(MATRIX, TensorType.of(dtype, 16, 24));
    Conv2dOp convolution = new Conv2dOp(Window2d.of(3).padding(1));
    add(builder, "a convolution", builder.emit(convolution, List.of(x, w)));
    add(
        builder,
        "a convolution's gradient",
        builder.emit(new Conv2dOp.GradInput(convolution, x.shape()), List.of(dy, w)));
    add(
        builder,
        "a weight gradient",
        builder.emit(new Conv2dOp.GradWeight(convolution, w.type(), false), List.of(x, dy)));
    add(
        builder,
        "batch norm",
        builder.emit(new BatchNorm2dOp(1e-5, true), List.of(x, channels, channels)));
    add(
        builder,
        "a matrix product",
        builder.emit(new MatmulOp(false, true, dtype), List.of(matrix, matrix)));
    add(
        builder,
        "max pooling",
        builder.emit(new MaxPool2dOp(Window2d.of(2).stride(2)), List.of(x)));
    return builder.build();
  }

  private static void add(GraphBuilder builder, String name, List<Value> results) {
    builder.output(name, results.get(0));
  }

  private static List<Tensor> inputs(Graph graph) {
    Random random = new Random(SEED);
    return graph.inputs().values().stream().map(value -> made(value.type(), random)).toList();
  }

  private static Tensor made(TensorType type, Random random) {
    double[] values = random.doubles(type.shape().count(), -1, 1).toArray();
    return Tensor.of(DType.F64, values, type.shape().dims()).cast(type.dtype());
  }

  private static List<Tensor> run(Backend backend, Graph graph, List<Tensor> inputs) {
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      int next = 0;
      for (String name : graph.inputs().keySet()) {
        program.feed(name, inputs.get(next++));
      }
      program.run();
      return graph.outputs().keySet().stream().map(program::fetch).toList();
    }
  }

  private static double distance(double[] actual, double[] expected) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < actual.length; i++) {
      difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      length += expected[i] * expected[i];
    }
    return Math.sqrt(difference / length);
  }
}
