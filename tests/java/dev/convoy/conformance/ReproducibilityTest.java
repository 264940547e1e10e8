package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The same program gives the same bits in every run, and so does the same graph compiled again: for
 * each operator the case with the most elements, which is shared out over all cores.
 */
final class ReproducibilityTest {

  private static final int RUNS = 100;
  private static final int CASES = 1;

  @TestFactory
  Stream<DynamicTest> everyOperatorRepeatsItsBits() {
    Map<String, List<OpCase>> cases =
        Cases.all().stream().collect(Collectors.groupingBy(test -> test.op().name()));
    return Backends.all().stream()
        .filter(backend -> backend.unavailable().isEmpty())
        .flatMap(
            backend ->
                cases.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .map(
                        entry ->
                            DynamicTest.dynamicTest(
                                backend.name() + " " + entry.getKey(),
                                () -> repeats(backend, entry.getValue()))));
  }

  private static void repeats(Backend backend, List<OpCase> cases) {
    List<OpCase> largest =
        cases.stream()
            .sorted(Comparator.comparingInt(ReproducibilityTest::elements).reversed())
            .limit(CASES)
            .toList();
    for (OpCase test : largest) {
      for (DType dtype : List.of(DType.F32, DType.BF16)) {
        if (backend.lacks(dtype).isEmpty() && test.lackedBy(backend).isEmpty()) {
          Graph graph = graph(test, dtype);
          List<long[]> first = run(backend, graph, test, dtype);
          List<long[]> again = run(backend, graph, test, dtype);
          assertThat(again.toArray(long[][]::new))
              .as("%s %s compiled again", test, dtype)
              .isDeepEqualTo(first.toArray(long[][]::new));
        }
      }
    }
  }

  private static int elements(OpCase test) {
    return test.inputs().stream().mapToInt(input -> input.shape().count()).sum();
  }

  private static Graph graph(OpCase test, DType dtype) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    for (OpCase.Input input : test.inputs()) {
      values.add(builder.input("x" + values.size(), input.type(dtype)));
    }
    List<Value> outputs = builder.emit(test.op(), values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    return builder.build();
  }

  private static List<long[]> run(Backend backend, Graph graph, OpCase test, DType dtype) {
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (int i = 0; i < test.inputs().size(); i++) {
        OpCase.Input input = test.inputs().get(i);
        TensorType type = input.type(dtype);
        program.feed("x" + i, Tensor.of(type.dtype(), input.values(), type.shape().dims()));
      }
      List<long[]> first = bits(program, graph);
      for (int run = 1; run < RUNS; run++) {
        List<long[]> repeated = bits(program, graph);
        for (int i = 0; i < first.size(); i++) {
          assertThat(repeated.get(i)).as("%s %s, run %d", test, dtype, run).isEqualTo(first.get(i));
        }
      }
      return first;
    }
  }

  private static List<long[]> bits(Program program, Graph graph) {
    program.run();
    return graph.outputs().keySet().stream()
        .map(
            output ->
                Arrays.stream(program.fetch(output).toDoubles())
                    .mapToLong(Double::doubleToRawLongBits)
                    .toArray())
        .toList();
  }
}
