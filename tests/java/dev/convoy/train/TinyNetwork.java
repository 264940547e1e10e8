package dev.convoy.train;

import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.Initializer;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.op.DropoutOp;
import dev.convoy.op.MatmulOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Philox;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;

/** Two fully connected layers with ReLU and dropout between, so small that training is instant. */
final class TinyNetwork extends Layer {

  private final Parameter weight1;
  private final Parameter bias1;
  private final Parameter weight2;
  private final Parameter bias2;

  TinyNetwork(int inputs, int hidden, int classes) {
    weight1 = parameter("weight1", Shape.of(hidden, inputs), uniform(inputs));
    bias1 = parameter("bias1", Shape.of(hidden), uniform(inputs));
    weight2 = parameter("weight2", Shape.of(classes, hidden), uniform(hidden));
    bias2 = parameter("bias2", Shape.of(classes), uniform(hidden));
  }

  @Override
  protected Value forward(Value x) {
    int batch = x.shape().dim(0);
    Value flat = x.apply(new ReshapeOp(Shape.of(batch, x.shape().count() / batch)));
    MatmulOp linear = MatmulOp.linear(x.dtype());
    Value hidden = flat.apply(linear, weight1.in(x), bias1.in(x)).apply(UnaryOp.RELU);
    GraphBuilder builder = GraphBuilder.of(x);
    if (builder.training()) {
      hidden = hidden.apply(new DropoutOp(0.25, builder.nextRandomStream()), builder.randomKey());
    }
    return hidden.apply(linear, weight2.in(x), bias2.in(x));
  }

  private static Initializer uniform(int inputs) {
    double bound = 1 / Math.sqrt(inputs);
    return (shape, seed, stream) -> {
      Tensor tensor = Tensor.zeros(new TensorType(DType.F32, shape));
      int[] words = new int[4];
      for (int i = 0; i < shape.count(); i++) {
        Philox.words((int) seed, 0, i, stream, 0, 0, words);
        tensor.set(i, bound * (2 * Philox.uniform(words[0]) - 1));
      }
      return tensor;
    };
  }
}
