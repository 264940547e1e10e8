package dev.convoy.backend.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Batch normalisation and its gradient behind it, as in training: the mask passes from one to the
 * other in the form of the kernel. Maps are large enough for several threads.
 */
class NativeBatchNorm2dTest {

  /**
   * @param mean of the input, whose deviation is 1
   */
  record Trial(DType dtype, int[] shape, boolean residual, boolean relu, double mean) {

    TensorType map() {
      return TensorType.of(dtype, shape);
    }

    TensorType parameter() {
      return TensorType.of(DType.F32, shape[1]);
    }

    /** Of the error's norm beside the result's. */
    double tolerance() {
      return dtype == DType.F32 ? 2e-5 : 8e-3;
    }
  }

  static Stream<Trial> trials() {
    List<Trial> trials = new ArrayList<>();
    for (DType dtype : List.of(DType.F32, DType.BF16)) {
      for (int[] shape : new int[][] {{4, 40, 24, 23}, {2, 37, 31, 30}, {3, 5, 64, 67}}) {
        for (boolean residual : new boolean[] {false, true}) {
          for (boolean relu : new boolean[] {false, true}) {
            trials.add(new Trial(dtype, shape, residual, relu, 0.5));
          }
        }
      }
    }
    // Squares would lose the variance beside the mean.
    trials.add(new Trial(DType.F32, new int[] {4, 40, 24, 23}, false, true, 300));
    return trials.stream();
  }

  @ParameterizedTest
  @MethodSource("trials")
  void trainingAgreesWithTheReference(Trial trial) {
    assumeTrue(NativeKernels.AVAILABLE, "without native kernels oneDNN normalises");
    Map<String, double[]> expected = run("reference", trial);
    run("onednn", trial)
        .forEach(
            (output, values) ->
                assertThat(distance(values, expected.get(output)))
                    .as("%s of %s", output, trial)
                    .isLessThan(trial.tolerance() * (1 + trial.mean())));
  }

  private static Map<String, double[]> run(String backendName, Trial trial) {
    Backend backend = Backends.choose(backendName).backend();
    Map<String, Tensor> inputs = inputs(trial);
    GraphBuilder builder = new GraphBuilder(true);
    Map<String, Value> values = new LinkedHashMap<>();
    inputs.forEach((name, tensor) -> values.put(name, builder.input(name, tensor.type())));
    Map<String, Value> outputs = graph(trial, values, builder);
    outputs.forEach(builder::output);
    try (State state = backend.newState(List.of());
        Program program = Program.compile(backend, builder.build(), state)) {
      inputs.forEach(program::feed);
      program.run();
      Map<String, double[]> results = new LinkedHashMap<>();
      outputs.keySet().forEach(name -> results.put(name, program.fetch(name).toDoubles()));
      return results;
    }
  }

  private static Map<String, Value> graph(
      Trial trial, Map<String, Value> inputs, GraphBuilder builder) {
    BatchNorm2dOp op = new BatchNorm2dOp(1e-5, trial.residual(), trial.relu());
    List<Value> operands =
        new ArrayList<>(List.of(inputs.get("x"), inputs.get("scale"), inputs.get("shift")));
    if (trial.residual()) {
      operands.add(inputs.get("residual"));
    }
    List<Value> normalised = builder.emit(op, operands);
    boolean masked = trial.residual() && trial.relu();
    List<Value> behind =
        new ArrayList<>(
            List.of(
                inputs.get("dy"),
                inputs.get("x"),
                inputs.get("scale"),
                normalised.get(1),
                normalised.get(2)));
    if (trial.relu()) {
      behind.add(normalised.get(3));
    }
    List<Value> gradients =
        builder.emit(new BatchNorm2dOp.Grad(1e-5, masked, trial.relu()), behind);
    Map<String, Value> outputs = new LinkedHashMap<>();
    outputs.put("y", normalised.get(0));
    outputs.put("mean", normalised.get(1));
    outputs.put("variance", normalised.get(2));
    List<String> names = List.of("dx", "dscale", "dshift", "through");
    for (int i = 0; i < gradients.size(); i++) {
      outputs.put(names.get(i), gradients.get(i));
    }
    return outputs;
  }

  private static Map<String, Tensor> inputs(Trial trial) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    inputs.put("x", normal(trial.map(), 1, trial.mean()));
    inputs.put("scale", normal(trial.parameter(), 2, 1));
    inputs.put("shift", normal(trial.parameter(), 3, 0));
    inputs.put("dy", normal(trial.map(), 4, 0));
    if (trial.residual()) {
      inputs.put("residual", normal(trial.map(), 5, 0));
    }
    return inputs;
  }

  private static Tensor normal(TensorType type, int seed, double mean) {
    Random random = new Random(seed);
    double[] values =
        IntStream.range(0, type.shape().count())
            .mapToDouble(i -> mean + random.nextGaussian())
            .toArray();
    return Tensor.of(type.dtype(), values, type.shape().dims());
  }

  private static double distance(double[] actual, double[] expected) {
    double error = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
      norm += expected[i] * expected[i];
    }
    return Math.sqrt(error / norm);
  }
}
