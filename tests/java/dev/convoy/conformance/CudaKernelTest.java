package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.convoy.backend.LayoutAssignment;
import dev.convoy.backend.cuda.CudaKernels;
import dev.convoy.backend.cuda.HostRun;
import dev.convoy.backend.cuda.KernelNode;
import dev.convoy.backend.cuda.KernelServer;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.op.CastOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The CUDA kernels, run on the CPU, over the cases of all operators that they compute, against the
 * reference in double precision.
 */
final class CudaKernelTest {

  private static final int CODE = 7;

  @TestFactory
  Stream<DynamicTest> everyKernelAgreesWithTheReference() {
    String reason = KernelServer.unavailable();
    if (reason != null) {
      abort("CUDA kernels are not run on the CPU: " + reason);
    }
    return Stream.of(DType.F32, DType.BF16, DType.F16)
        .flatMap(
            dtype ->
                Cases.all().stream()
                    .filter(test -> CudaKernels.operators().contains(test.op().getClass()))
                    .flatMap(test -> tests(dtype, test)));
  }

  private static Stream<DynamicTest> tests(DType dtype, OpCase test) {
    boolean narrow =
        dtype != DType.F32
            && test.inputs().stream().anyMatch(i -> i.kind() == OpCase.Kind.PARAMETER);
    return Stream.of(DType.F32, dtype)
        .limit(narrow ? 2 : 1)
        .map(
            parameters ->
                DynamicTest.dynamicTest(
                    dtype + ", parameters " + parameters + ", " + test,
                    () -> check(dtype, parameters, test)));
  }

  private static void check(DType dtype, DType parameters, OpCase test) {
    List<Tensor> inputs = new ArrayList<>();
    List<Tensor> oracle = new ArrayList<>();
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    for (OpCase.Input input : test.inputs()) {
      TensorType type = input.type(dtype, parameters);
      Tensor tensor = Tensor.of(type.dtype(), input.values(), type.shape().dims());
      boolean weight = test.op() instanceof Conv2dOp.GradInput && inputs.size() == 1;
      inputs.add(tensor);
      Tensor given = weight ? tensor.cast(dtype) : tensor;
      oracle.add(given.dtype().isFloating() ? given.cast(DType.F64) : given);
      values.add(builder.input("x" + values.size(), type));
    }
    List<Value> outputs = builder.emit(ConformanceTest.typed(test.op(), dtype, parameters), values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    List<Tensor> results = run(builder.build(), inputs);
    List<Tensor> expected =
        SingleOperator.run(
            new ReferenceBackend(),
            ConformanceTest.typed(test.op(), DType.F64, DType.F64),
            oracle.toArray(Tensor[]::new));
    for (int i = 0; i < results.size(); i++) {
      DType output = results.get(i).dtype();
      double[] reference = expected.get(i).toDoubles();
      if (test.exact() || test.op() instanceof CastOp) {
        reference = Arrays.stream(reference).map(output::round).toArray();
      }
      Tolerances.check(test + ", output " + i, results.get(i), reference, test.exact());
    }
  }

  private static List<Tensor> run(Graph graph, List<Tensor> inputs) {
    Node node = graph.nodes().get(0);
    LayoutAssignment layouts = new LayoutAssignment(graph);
    HostRun run = new HostRun();
    for (int i = 0; i < inputs.size(); i++) {
      run.input(inputs.get(i), layouts.of(node.input(i)));
    }
    node.outputs().forEach(output -> run.output(output.type(), layouts.of(output)));
    List<Tensor> results = run.run(CudaKernels.plan(new KernelNode(node, CODE, layouts::of)));
    assertThat(run.status()).as("status").isEqualTo(0);
    return results;
  }
}
