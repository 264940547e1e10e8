package dev.convoy.conformance;

import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Gradients;
import dev.convoy.op.Op;
import dev.convoy.op.ShapeException;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What can be asked of an operator's rules with its conformance cases as questions. */
final class OperatorFacts {

  private static final List<OpCase> CASES = Cases.all();
  private static final Set<OpCase.Kind> EIGHT_BITS = Set.of(OpCase.Kind.U8, OpCase.Kind.I8);

  private OperatorFacts() {}

  static Stream<OpCase> cases(Class<?> op) {
    return CASES.stream().filter(test -> test.op().getClass() == op);
  }

  /**
   * Graphs of this operator: all of its outputs are read, or the first alone, or the first and the
   * gradients.
   */
  static List<Graph> graphs(OpCase test, DType dtype) {
    List<Graph> graphs = new ArrayList<>();
    graphs.add(graph(test, dtype, Integer.MAX_VALUE, false));
    graphs.add(graph(test, dtype, 1, false));
    if (hasGradient(test)) {
      graphs.add(graph(test, dtype, 1, true));
    }
    return graphs;
  }

  private static Graph graph(OpCase test, DType dtype, int read, boolean differentiated) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = inputs(builder, test, dtype);
    Op op = typed(test, dtype);
    List<Value> outputs = builder.emit(op, inputs);
    for (int i = 0; i < Math.min(read, outputs.size()); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    if (differentiated) {
      Value upstream = builder.input("dy", outputs.get(0).type());
      List<@Nullable Value> gradients = op.gradient(new Asked(inputs, outputs, upstream));
      for (int i = 0; i < gradients.size(); i++) {
        Value gradient = gradients.get(i);
        if (gradient != null) {
          builder.output("dx" + i, gradient);
        }
      }
    }
    return builder.build();
  }

  private static List<Value> inputs(GraphBuilder builder, OpCase test, DType dtype) {
    List<Value> values = new ArrayList<>();
    for (TensorType type : types(test, dtype)) {
      values.add(builder.input("x" + values.size(), type));
    }
    return values;
  }

  private static Op typed(OpCase test, DType dtype) {
    return ConformanceTest.typed(test.op(), dtype, parameters(dtype));
  }

  private static DType parameters(DType dtype) {
    return dtype == DType.F64 ? DType.F64 : DType.F32;
  }

  /** Without activations it is the parameters that have the type. */
  private static List<TensorType> types(OpCase test, DType dtype) {
    boolean activations = has(test, OpCase.Kind.ACTIVATION);
    return test.inputs().stream()
        .map(input -> input.type(dtype, activations ? parameters(dtype) : dtype))
        .toList();
  }

  private static boolean has(OpCase test, OpCase.Kind kind) {
    return test.inputs().stream().anyMatch(input -> input.kind() == kind);
  }

  /** Whether the gradient with respect to any floating input exists. */
  static boolean hasGradient(Class<?> op) {
    return cases(op).anyMatch(OperatorFacts::hasGradient);
  }

  private static boolean hasGradient(OpCase test) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = inputs(builder, test, DType.F32);
    List<Value> outputs = builder.emit(typed(test, DType.F32), inputs);
    Value upstream = builder.input("dy", outputs.get(0).type());
    try {
      return test.op().gradient(new Asked(inputs, outputs, upstream)).stream()
          .anyMatch(Objects::nonNull);
    } catch (ShapeException e) {
      return false;
    }
  }

  private record Asked(List<Value> inputs, List<Value> outputs, Value upstream)
      implements Gradients {

    @Override
    public Value input(int index) {
      return inputs.get(index);
    }

    @Override
    public Value output(int index) {
      return outputs.get(index);
    }

    @Override
    public boolean wants(int input) {
      return inputs.get(input).dtype().isFloating();
    }
  }

  /** Element types that the shape rule takes. */
  static List<DType> elementTypes(Class<?> op) {
    List<OpCase.Kind> kinds = cases(op).map(test -> test.inputs().get(0).kind()).toList();
    if (EIGHT_BITS.containsAll(kinds)) {
      return List.of(DType.U8, DType.I8);
    }
    List<OpCase> asked =
        cases(op)
            .filter(test -> has(test, OpCase.Kind.ACTIVATION) || has(test, OpCase.Kind.PARAMETER))
            .toList();
    return Arrays.stream(DType.values())
        .filter(dtype -> asked.stream().anyMatch(test -> takes(test, dtype)))
        .toList();
  }

  private static boolean takes(OpCase test, DType dtype) {
    try {
      typed(test, dtype).infer(types(test, dtype));
      return true;
    } catch (ShapeException e) {
      return false;
    }
  }
}
