package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.CastOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.FusedConv2dOp;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.LossScaleOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.QuantizeOp;
import dev.convoy.op.QuantizeWeightOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Separable2d;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.op.UnscaleOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The gradient rule of every differentiable operator against central differences in double: (f(x+ε)
 * − f(x−ε))/2ε with ε = 10⁻⁶ of a random projection of the first output.
 */
final class GradientCheckTest {

  private static final double STEP = 1e-6;
  private static final double RELATIVE = 1e-4;
  private static final int ELEMENTS = 12;

  @TestFactory
  Stream<DynamicTest> gradientsAgreeWithFiniteDifferences() {
    return Cases.all().stream()
        .filter(test -> !test.exact() && small(test) && smooth(test) && differentiable(test.op()))
        .map(test -> DynamicTest.dynamicTest(test.toString(), () -> check(test)));
  }

  /** Cases that are large for the sake of threads say no more about a rule than small ones. */
  private static boolean small(OpCase test) {
    return test.inputs().stream().allMatch(input -> input.shape().count() <= 10_000);
  }

  private static boolean smooth(OpCase test) {
    return !test.name().contains("ties")
        && test.inputs().stream().anyMatch(input -> input.type(DType.F64).dtype().isFloating())
        && test.inputs().stream()
            .allMatch(i -> Arrays.stream(i.values()).allMatch(Double::isFinite));
  }

  private static boolean differentiable(Op op) {
    // Steps and rounding have none. A cast to f32 loses the digits that finite differences need.
    if (op == BinaryOp.STEP
        || op instanceof FusedConv2dOp
        || op instanceof FiniteGuardOp
        || op instanceof QuantizeOp
        || op instanceof QuantizeWeightOp
        || op instanceof CastOp) {
      return false;
    }
    boolean gradient = op.getClass().getSimpleName().startsWith("Grad");
    boolean twice =
        op instanceof Conv2dOp.GradInput
            || op instanceof Separable2d.Adjoint
            || op instanceof MaxUnpool2dOp.GradInput
            || op instanceof Conv2dOp.GradWeight product && !product.bias();
    boolean update = op.getClass().getSimpleName().contains("Update");
    boolean average = op.getClass().getSimpleName().equals("MovingAverageOp");
    boolean scaling =
        op instanceof UnscaleOp || op instanceof LossScaleOp || op instanceof PixelLookupOp;
    return (!gradient || twice)
        && !update
        && !average
        && !scaling
        && !(op instanceof LabelWeightOp);
  }

  private static void check(OpCase test) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> inputs = new ArrayList<>();
    List<Value> wanted = new ArrayList<>();
    for (int i = 0; i < test.inputs().size(); i++) {
      OpCase.Input input = test.inputs().get(i);
      Value value = builder.input("x" + i, input.type(DType.F64));
      inputs.add(value);
      // Statistics given to batch normalisation are constants by definition.
      boolean statistic = test.op().name().endsWith("Inference") && i >= 3;
      // So are class weights.
      boolean weight = test.op() instanceof SoftmaxCrossEntropyOp && i == 2;
      if (value.dtype().isFloating() && !statistic && !weight) {
        wanted.add(value);
      }
    }
    Value y = builder.emit(typed(test.op()), inputs).get(0);
    Value projection = builder.input("projection", y.type());
    Value loss = total(y.apply(BinaryOp.MULTIPLY, projection));
    Map<Value, Value> gradients = Differentiation.gradients(builder, loss, wanted);
    builder.output("loss", loss);
    Map<Value, String> names = new IdentityHashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      if (gradients.containsKey(inputs.get(i))) {
        builder.output("d" + i, gradients.get(inputs.get(i)));
        names.put(inputs.get(i), "x" + i);
      }
    }
    assertThat(names).as("inputs with a gradient").hasSameSizeAs(wanted);
    compare(test, builder.build());
  }

  private static void compare(OpCase test, Graph graph) {
    ReferenceBackend backend = new ReferenceBackend();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      TensorType projected = graph.inputs().get("projection").type();
      double[] weights =
          new Random(5).doubles(projected.shape().count()).map(u -> u + 0.5).toArray();
      program.feed("projection", Tensor.of(DType.F64, weights, projected.shape().dims()));
      List<Tensor> tensors = new ArrayList<>();
      for (int i = 0; i < test.inputs().size(); i++) {
        OpCase.Input input = test.inputs().get(i);
        TensorType type = input.type(DType.F64);
        tensors.add(Tensor.of(type.dtype(), input.values(), type.shape().dims()));
        program.feed("x" + i, tensors.get(i));
      }
      program.run();
      for (int i = 0; i < tensors.size(); i++) {
        if (graph.outputs().containsKey("d" + i)) {
          compareInput(program, i, tensors.get(i), program.fetch("d" + i));
        }
      }
    }
  }

  private static void compareInput(Program program, int input, Tensor values, Tensor gradient) {
    int[] elements = new Random(7).ints(ELEMENTS, 0, values.shape().count()).distinct().toArray();
    for (int element : elements) {
      double at = values.get(element);
      double above = lossAt(program, input, values, element, at + STEP);
      double below = lossAt(program, input, values, element, at - STEP);
      lossAt(program, input, values, element, at);
      double numeric = (above - below) / (2 * STEP);
      assertThat(gradient.get(element))
          .as("input %d, element %d", input, element)
          .isCloseTo(numeric, within(RELATIVE * Math.max(1, Math.abs(numeric))));
    }
  }

  private static double lossAt(
      Program program, int input, Tensor values, int element, double value) {
    values.set(element, value);
    program.feed("x" + input, values);
    program.run();
    return program.fetch("loss").item();
  }

  private static Value total(Value y) {
    if (y.shape().rank() == 0) {
      return y;
    }
    int[] axes = IntStream.range(0, y.shape().rank()).toArray();
    Value sum = y.apply(ReduceOp.sum(false, axes));
    return sum.shape().rank() == 0 ? sum : sum.apply(new ReshapeOp(Shape.scalar()));
  }

  private static Op typed(Op op) {
    if (op instanceof Conv2dOp.GradWeight grad) {
      return new Conv2dOp.GradWeight(grad.forward(), grad.weight().withDType(DType.F64), false);
    }
    return op instanceof MatmulOp product
        ? new MatmulOp(product.transposeA(), product.transposeB(), DType.F64)
        : op;
  }
}
