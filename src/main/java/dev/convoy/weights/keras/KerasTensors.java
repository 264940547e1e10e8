package dev.convoy.weights.keras;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.keras.KerasArray.Role;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Turns the arrays of one layer into parameters. */
final class KerasTensors {

  private final KerasSource source;
  private final String name;
  private final List<KerasArray> arrays;
  private final double epsilonAbove;

  /**
   * @param epsilonAbove is added to variances: 1/√(v + ε) stays the same with our smaller ε
   */
  KerasTensors(KerasSource source, String name, List<KerasArray> arrays, double epsilonAbove) {
    this.source = source;
    this.name = name;
    this.arrays = arrays;
    this.epsilonAbove = epsilonAbove;
  }

  Map<String, Tensor> of(KerasLayer layer) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (KerasArray array : arrays) {
      Tensor tensor =
          switch (layer.kind()) {
            case DEPTHWISE -> depthwiseOrVector(array);
            case DENSE -> array.role() == Role.KERNEL ? dense(array, layer.pixels()) : any(array);
            case CONVOLUTION, SEPARABLE, NORM -> any(array);
          };
      tensors.put(layer.ours() + suffix(layer.kind(), array.role()), tensor);
    }
    return tensors;
  }

  /** Under the layer's own name, the kind told by the arrays themselves. */
  Map<String, Tensor> generic(String ours) {
    boolean separable = arrays.stream().anyMatch(array -> array.role() == Role.POINTWISE_KERNEL);
    KerasLayer.Kind kind = separable ? KerasLayer.Kind.SEPARABLE : KerasLayer.Kind.CONVOLUTION;
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    arrays.forEach(array -> tensors.put(ours + suffix(kind, array.role()), any(array)));
    return tensors;
  }

  private static String suffix(KerasLayer.Kind kind, Role role) {
    boolean separable = kind == KerasLayer.Kind.SEPARABLE;
    return switch (role) {
      case KERNEL, GAMMA -> ".weight";
      case DEPTHWISE_KERNEL -> separable ? ".conv1.weight" : ".weight";
      case POINTWISE_KERNEL -> ".pointwise.weight";
      case BIAS -> separable ? ".pointwise.bias" : ".bias";
      case BETA -> ".bias";
      case MEAN -> ".running_mean";
      case VARIANCE -> ".running_var";
    };
  }

  private Tensor any(KerasArray array) {
    return switch (array.role()) {
      case KERNEL -> array.shape().length == 2 ? KerasLayout.matrix(array) : convolution(array);
      case POINTWISE_KERNEL -> convolution(array);
      case DEPTHWISE_KERNEL -> depthwise(array);
      case VARIANCE -> variance(array);
      case BIAS, GAMMA, BETA, MEAN -> vector(array);
    };
  }

  /** Keras 3 calls a depthwise kernel a kernel like any other. */
  private Tensor depthwiseOrVector(KerasArray array) {
    return array.role() == Role.KERNEL ? depthwise(array) : any(array);
  }

  private Tensor convolution(KerasArray array) {
    requireRank(array, 4);
    return KerasLayout.convolution(array);
  }

  private Tensor depthwise(KerasArray array) {
    requireRank(array, 4);
    return KerasLayout.depthwise(array);
  }

  private Tensor dense(KerasArray array, int pixels) {
    requireRank(array, 2);
    int inputs = array.shape()[0];
    if (inputs % pixels != 0) {
      throw refuse(array, "%d inputs are no picture of %d pixels".formatted(inputs, pixels));
    }
    return KerasLayout.flattened(array, pixels, inputs / pixels);
  }

  private Tensor variance(KerasArray array) {
    Tensor variance = vector(array);
    for (int i = 0; i < variance.shape().count(); i++) {
      variance.set(i, variance.get(i) + epsilonAbove);
    }
    return variance;
  }

  private Tensor vector(KerasArray array) {
    requireRank(array, 1);
    return KerasLayout.vector(array);
  }

  private void requireRank(KerasArray array, int rank) {
    if (array.shape().length != rank) {
      throw refuse(array, "%d extents are needed".formatted(rank));
    }
  }

  private ConvoyException refuse(KerasArray array, String rule) {
    return source.refuse(
        "layer %s: its %s has the shape %s; %s"
            .formatted(
                OneLine.quoted(name),
                array.role().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                Arrays.toString(array.shape()),
                rule));
  }
}
