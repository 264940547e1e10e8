package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.State;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Trained parameters and statistics by name.
 *
 * @param source the file, for messages
 */
public record ModelWeights(String source, Map<String, Tensor> tensors, @Nullable ModelCard card) {

  ModelWeights(Map<String, Tensor> tensors, ModelCard card) {
    this("weights", tensors, card);
  }

  /**
   * From a safetensors or an ONNX file.
   *
   * @throws ConvoyException if the file cannot be read or is damaged
   */
  public static ModelWeights read(Path file) {
    if (file.toString().endsWith(".onnx")) {
      return new ModelWeights(file.toString(), OnnxModel.read(file).weights(), null);
    }
    Safetensors content = Safetensors.read(file);
    return new ModelWeights(
        file.toString(),
        content.tensors(),
        ModelCard.ofMetadata(file, content.metadata()).orElse(null));
  }

  public Optional<ModelCard> description() {
    return Optional.ofNullable(card);
  }

  void write(Path file) {
    Safetensors.write(file, tensors, card == null ? Map.of() : card.toMetadata());
  }

  /**
   * Writes each parameter of the model, converted to f32 where it is stored otherwise.
   *
   * @throws ConvoyException if one is missing or has another shape; nothing is written then
   */
  public void writeTo(State state, Layer model) {
    writeTo(state, model, Set.of());
  }

  /**
   * @param except paths of parameters that are left as they are
   */
  void writeTo(State state, Layer model, Set<String> except) {
    List<Parameter> wanted =
        model.parameters().stream().filter(p -> !except.contains(p.path())).toList();
    for (Parameter parameter : wanted) {
      Tensor tensor = tensors.get(parameter.path());
      if (tensor == null) {
        throw new ConvoyException(
            "%s: no %s; these are weights of another model".formatted(source, parameter.path()));
      }
      if (!tensor.shape().equals(parameter.shape()) || !tensor.dtype().isFloating()) {
        throw new ConvoyException(
            "%s: %s is %s but the model needs %s; these are weights of another model or of another"
                    .formatted(source, parameter.path(), tensor.type(), parameter.variable().type())
                + " number of classes (convoy train --replace-head starts a new last layer)");
      }
    }
    for (Parameter parameter : wanted) {
      state.write(parameter.variable(), requirePresent(parameter).cast(DType.F32));
    }
  }

  private Tensor requirePresent(Parameter parameter) {
    return java.util.Objects.requireNonNull(tensors.get(parameter.path()));
  }
}
