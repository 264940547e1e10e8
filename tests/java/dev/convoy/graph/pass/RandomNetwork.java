package dev.convoy.graph.pass;

import dev.convoy.graph.Differentiation;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Variable;
import dev.convoy.op.BatchNorm2dOp;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Conv2dOp;
import dev.convoy.op.FiniteGuardOp;
import dev.convoy.op.MovingAverageOp;
import dev.convoy.op.ReduceOp;
import dev.convoy.op.SgdUpdateOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * Seeded graphs of convolutions, batch normalisation, activations and shortcuts in f64, in which
 * what passes look for occurs often, and often almost.
 */
final class RandomNetwork {

  private static final int CHANNELS = 4;
  private static final List<UnaryOp> FUNCTIONS =
      List.of(
          UnaryOp.RELU, UnaryOp.leakyRelu(0.1), UnaryOp.TANH, UnaryOp.SILU, UnaryOp.affine(0.5, 1));

  private final Random random;
  private final GraphBuilder builder;
  private final List<Value> made = new ArrayList<>();
  private int variables;

  private RandomNetwork(int seed, boolean training) {
    random = new Random(seed);
    builder = new GraphBuilder(training);
  }

  /** With results taken from the middle as well. */
  static Graph evaluation(int seed) {
    return new RandomNetwork(seed, false).trace();
  }

  /** The forward half of a training step; its last output is the loss. */
  static Graph forward(int seed) {
    return new RandomNetwork(seed, true).trace();
  }

  /** Adds gradients and updates of all variables but the statistics. */
  static Graph withUpdates(Graph forward) {
    GraphCopy copy = GraphCopy.whole(forward);
    GraphBuilder builder = copy.target();
    Value loss = copy.get(forward.outputs().get("loss"));
    Map<Variable, Value> weights =
        forward.variables().keySet().stream()
            .filter(variable -> !forward.assignments().containsKey(variable))
            .collect(Collectors.toMap(variable -> variable, builder::read));
    Map<Value, Value> gradients = Differentiation.gradients(builder, loss, weights.values());
    Value rate = builder.input("rate", new TensorType(DType.F64, Shape.scalar()));
    for (Variable variable : forward.variables().keySet()) {
      Value weight = weights.get(variable);
      if (weight != null && gradients.containsKey(weight)) {
        SgdUpdateOp update = new SgdUpdateOp(0, 0.01, false);
        builder.assign(variable, weight.apply(update, gradients.get(weight), rate));
      }
    }
    return copy.finish();
  }

  private Graph trace() {
    Value h = builder.input("x", TensorType.of(DType.F64, 2, CHANNELS, 5, 5));
    made.add(h);
    for (int i = 0; i < 14; i++) {
      h = extend(h);
      made.add(h);
      if (random.nextInt(8) == 0) {
        builder.output("y" + i, h);
      }
    }
    Value loss = h.apply(UnaryOp.SQUARE).apply(ReduceOp.mean(false, 0, 1, 2, 3));
    builder.output("loss", loss.apply(new FiniteGuardOp()));
    return builder.build();
  }

  private Value extend(Value h) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> convolution(h);
      case 2 -> norm(random.nextBoolean() ? convolution(h) : h);
      case 3 -> h.apply(FUNCTIONS.get(random.nextInt(FUNCTIONS.size())));
      case 4 -> norm(convolution(h)).apply(UnaryOp.RELU);
      default -> h.apply(BinaryOp.ADD, made.get(random.nextInt(made.size())));
    };
  }

  private Value convolution(Value h) {
    int groups = 1 + random.nextInt(2);
    Conv2dOp op = new Conv2dOp(Window2d.of(3).padding(1), groups);
    Value weight = read("weight", Shape.of(CHANNELS, CHANNELS / groups, 3, 3));
    return random.nextBoolean()
        ? h.apply(op, weight)
        : h.apply(op, weight, read("bias", Shape.of(CHANNELS)));
  }

  private Value norm(Value h) {
    Value scale = read("scale", Shape.of(CHANNELS));
    Value shift = read("shift", Shape.of(CHANNELS));
    if (!builder.training()) {
      Value mean = read("mean", Shape.of(CHANNELS));
      return h.apply(
          new BatchNorm2dOp.Inference(1e-3), scale, shift, mean, read("var", Shape.of(CHANNELS)));
    }
    List<Value> results = h.applyAll(new BatchNorm2dOp(1e-3, false), scale, shift);
    Variable running = variable("mean", Shape.of(CHANNELS));
    builder.atEnd(
        () ->
            builder.assign(
                running, builder.read(running).apply(new MovingAverageOp(0.1, 1), results.get(1))));
    return results.get(0);
  }

  private Value read(String role, Shape shape) {
    return builder.read(variable(role, shape));
  }

  private Variable variable(String role, Shape shape) {
    return new Variable(variables++ + "." + role, new TensorType(DType.F64, shape));
  }
}
