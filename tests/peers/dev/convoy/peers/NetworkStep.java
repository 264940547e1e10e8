package dev.convoy.peers;

import dev.convoy.data.Batch;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a network gives for one batch: scores in evaluation, and what a training step yields. */
final class NetworkStep {

  private static final double AUXILIARY_WEIGHT = 0.3;

  double[] scores = {};
  double loss;
  final Map<String, double[]> gradients = new LinkedHashMap<>();
  final Map<String, double[]> statistics = new LinkedHashMap<>();

  /**
   * @param type that libtorch computes in
   */
  static NetworkStep libtorch(
      TorchNetwork network,
      Layer model,
      Map<String, Tensor> weights,
      Batch batch,
      ScalarType type) {
    NetworkStep step = new NetworkStep();
    List<Parameter> parameters = model.parameters();
    try (TorchLayers net = new TorchLayers(parameters, weights, type, false)) {
      step.scores =
          TorchLayers.numbers(
              network.forward(net, net.tensor(batch.pictures()), new ArrayList<>()));
    }
    try (TorchLayers net = new TorchLayers(parameters, weights, type, true)) {
      org.bytedeco.pytorch.Tensor loss = loss(network, net, batch);
      loss.backward();
      step.loss = loss.item_double();
      for (Parameter parameter : parameters) {
        String name = parameter.path();
        if (parameter.trainable()) {
          step.gradients.put(name, net.gradient(name));
        } else {
          step.statistics.put(name, net.values(name));
        }
      }
    }
    return step;
  }

  private static org.bytedeco.pytorch.Tensor loss(
      TorchNetwork network, TorchLayers net, Batch batch) {
    long[] classes = new long[batch.labels().shape().count()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (long) batch.labels().get(i);
    }
    org.bytedeco.pytorch.Tensor labels =
        org.bytedeco.pytorch.Tensor.create(classes, new long[] {classes.length});
    List<org.bytedeco.pytorch.Tensor> auxiliary = new ArrayList<>();
    org.bytedeco.pytorch.Tensor logits =
        network.forward(net, net.tensor(batch.pictures()), auxiliary);
    org.bytedeco.pytorch.Tensor loss = torch.cross_entropy(logits, labels);
    for (org.bytedeco.pytorch.Tensor scores : auxiliary) {
      loss = loss.add(torch.cross_entropy(scores, labels).mul(new Scalar(AUXILIARY_WEIGHT)));
    }
    return loss;
  }
}
