package dev.convoy.model;

import dev.convoy.nn.Activation;
import dev.convoy.nn.Dropout;
import dev.convoy.nn.Layer;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Value;

/**
 * The oldest plan of a network: convolutions find features, pooling brings them to a fixed size,
 * fully connected layers judge them. Children {@code features}, {@code avgpool}, {@code
 * classifier}.
 */
final class FeatureClassifier extends Layer {

  private final Layer features;
  private final Layer pool;
  private final Layer classifier;

  FeatureClassifier(Layer features, Layer pool, Layer classifier) {
    this.features = child("features", features);
    this.pool = child("avgpool", pool);
    this.classifier = child("classifier", classifier);
  }

  static Activation relu() {
    return new Activation(UnaryOp.RELU);
  }

  static Dropout dropout() {
    return new Dropout(0.5);
  }

  @Override
  protected Value forward(Value x) {
    Value h = pool.apply(features.apply(x));
    return classifier.apply(h.apply(ReshapeOp.flatten(h.shape())));
  }
}
