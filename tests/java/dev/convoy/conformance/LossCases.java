package dev.convoy.conformance;

import static dev.convoy.conformance.OpCase.activation;
import static dev.convoy.conformance.OpCase.gradient;
import static dev.convoy.conformance.OpCase.integers;
import static dev.convoy.conformance.OpCase.positive;

import dev.convoy.conformance.OpCase.Kind;
import dev.convoy.op.LabelWeightOp;
import dev.convoy.op.SoftmaxCrossEntropyOp;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Cross-entropy, its gradient, and the weights of labels. */
final class LossCases {

  private LossCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (double smoothing : new double[] {0, 0.1, 1}) {
      SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(smoothing);
      String name = "smoothing " + smoothing;
      cases.add(OpCase.of(name, op, activation(4, 7), integers(0, 6, 3, 3)));
      cases.add(
          OpCase.of(
              name,
              new SoftmaxCrossEntropyOp.Grad(op),
              gradient(4),
              activation(4, 7),
              integers(0, 6, 3, 3)));
    }
    for (int[] size : new int[][] {{1, 3}, {33, 17}}) {
      int[] labels = IntStream.range(0, size[0]).map(n -> n * 7 % size[1]).toArray();
      SoftmaxCrossEntropyOp op = new SoftmaxCrossEntropyOp(0.1);
      cases.add(OpCase.of(size[0] + "×" + size[1], op, activation(size), integers(labels)));
    }
    for (Integer ignored : new Integer[] {null, 3, -100}) {
      for (double smoothing : new double[] {0, 0.1, 1}) {
        variants(new SoftmaxCrossEntropyOp(smoothing, ignored), cases);
      }
      labelWeights(ignored, cases);
    }
    double[] extreme = {1e4, -1e4, 0, -1e4, 1e4, 0};
    cases.add(
        OpCase.of(
            "logits of ten thousand",
            new SoftmaxCrossEntropyOp(0),
            new OpCase.Input(Kind.ACTIVATION, Shape.of(2, 3), extreme),
            integers(1, 1)));
    cases.add(
        OpCase.of(
            "logits of ten thousand",
            new SoftmaxCrossEntropyOp.Grad(new SoftmaxCrossEntropyOp(0.1)),
            gradient(2),
            new OpCase.Input(Kind.ACTIVATION, Shape.of(2, 3), extreme),
            integers(1, 1)));
    return cases;
  }

  /** Of examples and of pixels, with and without class weights. */
  private static void variants(SoftmaxCrossEntropyOp op, List<OpCase> cases) {
    for (int[] logits : new int[][] {{6, 5}, {2, 5, 3, 4}, {1, 7, 1, 1}, {2, 1, 2, 3}}) {
      OpCase.Input labels = labels(logits, op.ignoreIndex());
      int[] labelled = labels.shape().dims();
      OpCase.Input x = activation(logits);
      OpCase.Input weights = positive(Kind.PARAMETER, logits[1]);
      OpCase.Input dy = gradient(labelled);
      SoftmaxCrossEntropyOp.Grad grad = new SoftmaxCrossEntropyOp.Grad(op);
      String name = op + " of " + Arrays.toString(logits);
      cases.add(OpCase.of(name, op, x, labels));
      cases.add(OpCase.of(name, grad, dy, x, labels));
      cases.add(OpCase.of(name + ", weights", grad, dy, x, labels, weights));
      cases.add(OpCase.of(name + ", weights", op, x, labels, weights));
    }
  }

  private static void labelWeights(@Nullable Integer ignored, List<OpCase> cases) {
    for (int[] logits : new int[][] {{6, 5}, {2, 5, 3, 4}}) {
      for (boolean perExample : new boolean[] {false, true}) {
        LabelWeightOp op = new LabelWeightOp(ignored, perExample);
        OpCase.Input labels = labels(logits, ignored);
        String name = Arrays.toString(logits);
        cases.add(OpCase.of(name, op, labels));
        cases.add(OpCase.of(name, op, labels, positive(Kind.PARAMETER, 5)));
      }
    }
  }

  /** All classes in turn; every third label is the ignored one, if there is one. */
  private static OpCase.Input labels(int[] logits, @Nullable Integer ignored) {
    int[] shape =
        logits.length == 2 ? new int[] {logits[0]} : new int[] {logits[0], logits[2], logits[3]};
    double[] labels = new double[Shape.of(shape).count()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = ignored != null && i % 3 == 0 ? ignored : i * 7 % logits[1];
    }
    return new OpCase.Input(Kind.I32, Shape.of(shape), labels);
  }
}
