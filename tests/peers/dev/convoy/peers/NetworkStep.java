package dev.convoy.peers;

import dev.convoy.data.Batch;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
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
      Map<String, dev.convoy.tensor.Tensor> weights,
      Batch batch,
      ScalarType type) {
    NetworkStep step = new NetworkStep();
    List<Parameter> parameters = model.parameters();
    try (TorchLayers net = layers(parameters, weights, type, false)) {
      Tensor pictures = TorchLayers.tensor(batch.pictures(), type);
      step.scores = TorchLayers.numbers(network.forward(net, pictures, new ArrayList<>()));
    }
    try (TorchLayers net = layers(parameters, weights, type, true)) {
      Tensor pictures = TorchLayers.tensor(batch.pictures(), type);
      Tensor loss = loss(network, net, pictures, labels(batch));
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

  private static TorchLayers layers(
      List<Parameter> parameters,
      Map<String, dev.convoy.tensor.Tensor> weights,
      ScalarType type,
      boolean training) {
    DroppedUnits dropped = new DroppedUnits.Convoys();
    return new TorchLayers(
        parameters,
        parameter -> TorchLayers.tensor(weights.get(parameter.path()), type),
        type,
        MemoryFormat.Contiguous,
        training,
        dropped);
  }

  private static Tensor labels(Batch batch) {
    long[] classes = new long[batch.labels().shape().count()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = (long) batch.labels().get(i);
    }
    return Tensor.create(classes, new long[] {classes.length});
  }

  /**
   * Mean cross entropy, with that of auxiliary classifiers.
   *
   * @param pictures taken
   */
  static Tensor loss(TorchNetwork network, TorchLayers net, Tensor pictures, Tensor labels) {
    List<Tensor> auxiliary = new ArrayList<>();
    Tensor logits = network.forward(net, pictures, auxiliary);
    Tensor loss = torch.cross_entropy(logits, labels);
    logits.close();
    for (Tensor scores : auxiliary) {
      loss = loss.add(torch.cross_entropy(scores, labels).mul(new Scalar(AUXILIARY_WEIGHT)));
    }
    return loss;
  }
}
