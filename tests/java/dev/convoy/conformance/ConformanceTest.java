package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.cuda.CudaKernels;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.CustomOp;
import dev.convoy.op.DequantizeOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.Op;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.QuantizedConv2dOp;
import dev.convoy.op.QuantizedLinearOp;
import dev.convoy.op.QuantizedMaxPool2dOp;
import dev.convoy.op.UnscaleOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operator on every usable backend in every element type that it supports, against the
 * reference in double precision over the same rounded inputs.
 */
final class ConformanceTest {

  private static final List<DType> FLOATING = List.of(DType.F64, DType.F32, DType.BF16, DType.F16);

  private static final Backend ORACLE = new ReferenceBackend();

  /**
   * How a backend gets the parameters: fed like any input or from its variables, both in F32 beside
   * 16-bit activations, or fed in the activations' type.
   */
  private enum Parameters {
    FED,
    VARIABLES,
    NARROW;

    DType type(DType activations) {
      return this == NARROW || activations == DType.F64 ? activations : DType.F32;
    }
  }

  /** Names the one backend to judge, on a machine or in a process made for it. */
  private static final String ONLY = System.getProperty("convoy.test.backend", "");

  /** Names the one element type to judge. */
  private static final String ONLY_TYPE = System.getProperty("convoy.test.dtype", "");

  /** A pattern in the names of the operators to judge. */
  private static final Pattern ONLY_OPERATORS =
      Pattern.compile(System.getProperty("convoy.test.operators", ""));

  /** Judges on the GPU no operator but those of our own kernels, for compute-sanitizer. */
  private static final boolean OWN_KERNELS = Boolean.getBoolean("convoy.test.own-kernels");

  /** Operators that the CUDA backend refuses by name; {@code --device cpu} has them. */
  private static final Set<Class<?>> NOT_ON_CUDA =
      Set.of(
          DequantizeOp.class,
          QuantizeOp.class,
          QuantizeWeightOp.class,
          QuantizedConv2dOp.class,
          QuantizedLinearOp.class,
          QuantizedMaxPool2dOp.class);

  @TestFactory
  Stream<DynamicTest> everyOperatorAgreesWithTheReference() {
    return Backends.all().stream()
        .filter(backend -> ONLY.isEmpty() || backend.name().equals(ONLY))
        .flatMap(
            backend ->
                FLOATING.stream()
                    .filter(dtype -> ONLY_TYPE.isEmpty() || dtype.name().equals(ONLY_TYPE))
                    .flatMap(dtype -> testsOrReason(backend, dtype)));
  }

  /** What this machine cannot run is told on standard output, and counted as skipped. */
  private static Stream<DynamicTest> testsOrReason(Backend backend, DType dtype) {
    Optional<String> reason = backend.unavailable().or(() -> backend.lacks(dtype));
    if (reason.isEmpty()) {
      return tests(backend, dtype);
    }
    String skipped = "%s %s skipped: %s".formatted(backend.name(), dtype, reason.get());
    System.out.println("conformance: " + skipped);
    return Stream.of(DynamicTest.dynamicTest(skipped, () -> Assumptions.abort(reason.get())));
  }

  private static Stream<DynamicTest> tests(Backend backend, DType dtype) {
    return Cases.all().stream()
        .filter(test -> backend.operators().contains(test.op().getClass()))
        .filter(test -> ONLY_OPERATORS.matcher(test.op().name()).find())
        .filter(test -> !OWN_KERNELS || CudaKernels.operators().contains(test.op().getClass()))
        .filter(test -> !(backend.name().equals("cuda") && narrowUpdate(dtype, test.op())))
        .flatMap(
            test ->
                Arrays.stream(Parameters.values())
                    .filter(parameters -> applies(parameters, dtype, test))
                    .map(
                        parameters ->
                            DynamicTest.dynamicTest(
                                backend.name() + " " + dtype + " " + parameters + " " + test,
                                () -> judge(backend, dtype, parameters, test))));
  }

  private static void judge(Backend backend, DType dtype, Parameters parameters, OpCase test) {
    Optional<String> lack = test.lackedBy(backend);
    if (lack.isEmpty()) {
      check(backend, dtype, parameters, test);
    } else {
      List<Tensor> inputs = inputs(test, dtype, parameters);
      assertThatThrownBy(() -> run(backend, dtype, parameters, test, inputs))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining(lack.get());
    }
  }

  /** The GPU updates f32 parameters alone, and says so. */
  private static boolean narrowUpdate(DType dtype, Op op) {
    return dtype.bytes() == 2
        && (op instanceof ParameterUpdate || op instanceof LossScaleOp || op instanceof UnscaleOp);
  }

  private static boolean applies(Parameters parameters, DType dtype, OpCase test) {
    return switch (parameters) {
      case FED -> true;
      case VARIABLES -> hasParameters(test);
      case NARROW -> dtype.bytes() == 2 && hasParameters(test);
    };
  }

  private static boolean hasParameters(OpCase test) {
    return test.op() instanceof Conv2dOp.GradWeight
        || test.inputs().stream().anyMatch(input -> input.kind() == OpCase.Kind.PARAMETER);
  }

  private static void check(Backend backend, DType dtype, Parameters parameters, OpCase test) {
    List<Tensor> inputs = inputs(test, dtype, parameters);
    List<Tensor> expected =
        run(ORACLE, DType.F64, Parameters.FED, test, weights(test, inputs, dtype));
    List<Tensor> results = run(backend, dtype, parameters, test, inputs);
    assertThat(results).hasSameSizeAs(expected);
    for (int i = 0; i < results.size(); i++) {
      DType output = results.get(i).dtype();
      double[] reference = expected.get(i).toDoubles();
      if (test.exact()) {
        reference = Arrays.stream(reference).map(output::round).toArray();
      }
      Tolerances.check(test + ", output " + i, results.get(i), reference, test.exact());
    }
  }

  private static List<Tensor> inputs(OpCase test, DType dtype, Parameters parameters) {
    return test.inputs().stream()
        .map(input -> rounded(input, dtype, parameters.type(dtype)))
        .toList();
  }

  private static Tensor rounded(OpCase.Input input, DType dtype, DType parameters) {
    TensorType type = input.type(dtype, parameters);
    return Tensor.of(type.dtype(), input.values(), type.shape().dims());
  }

  /** What the oracle is given: weights of products rounded to the activations' type. */
  private static List<Tensor> weights(OpCase test, List<Tensor> inputs, DType dtype) {
    boolean product = test.op().name().contains("Conv2d") || test.op() instanceof MatmulOp;
    List<Tensor> given = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      boolean weight = product && i == 1 && inputs.get(i).dtype().isFloating();
      Tensor tensor = weight ? inputs.get(i).cast(dtype) : inputs.get(i);
      given.add(tensor.dtype().isFloating() ? tensor.cast(DType.F64) : tensor);
    }
    return given;
  }

  private static List<Tensor> run(
      Backend backend, DType dtype, Parameters parameters, OpCase test, List<Tensor> inputs) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      boolean variable =
          parameters == Parameters.VARIABLES
              && test.inputs().get(i).kind() == OpCase.Kind.PARAMETER;
      TensorType type = inputs.get(i).type();
      values.add(
          variable ? builder.read(new Variable("v" + i, type)) : builder.input("x" + i, type));
    }
    List<Value> outputs = builder.emit(typed(test.op(), dtype, parameters.type(dtype)), values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    return run(backend, builder.build(), inputs);
  }

  /** Operators that name a result type get the one under test. */
  static Op typed(Op op, DType dtype, DType parameters) {
    if (op instanceof Conv2dOp.GradWeight grad) {
      TensorType weight = grad.weight().withDType(parameters);
      return new Conv2dOp.GradWeight(grad.forward(), weight, grad.bias());
    }
    if (op instanceof PixelLookupOp) {
      return new PixelLookupOp(dtype);
    }
    if (op instanceof MatmulOp product) {
      return new MatmulOp(product.transposeA(), product.transposeB(), dtype);
    }
    return op;
  }

  private static List<Tensor> run(Backend backend, Graph graph, List<Tensor> inputs) {
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (int i = 0; i < inputs.size(); i++) {
        if (graph.inputs().containsKey("x" + i)) {
          program.feed("x" + i, inputs.get(i));
        }
      }
      for (Variable variable : state.variables()) {
        state.write(variable, inputs.get(Integer.parseInt(variable.name().substring(1))));
      }
      program.run();
      return graph.outputs().keySet().stream().map(program::fetch).toList();
    }
  }

  @TestFactory
  Stream<DynamicTest> everyOperatorHasCasesAndKernels() {
    Set<Class<?>> tested =
        Cases.all().stream().map(c -> c.op().getClass()).collect(Collectors.toSet());
    return Arrays.stream(Op.class.getPermittedSubclasses())
        .filter(op -> op != CustomOp.class)
        .map(
            op ->
                DynamicTest.dynamicTest(
                    op.getName().substring(op.getPackageName().length() + 1),
                    () -> {
                      assertThat(tested).as("operators with cases").contains(op);
                      for (Backend backend : Backends.all()) {
                        boolean lacking = backend.name().equals("cuda") && NOT_ON_CUDA.contains(op);
                        assertThat(backend.operators().stream().anyMatch(op::equals))
                            .as("a kernel of " + backend.name())
                            .isEqualTo(!lacking);
                      }
                    }));
  }
}
