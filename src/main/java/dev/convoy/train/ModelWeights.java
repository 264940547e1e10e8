package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.State;
import dev.convoy.data.Normalization;
import dev.convoy.nn.Layer;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.WeightsFile;
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
 * @param card what the model is, if the file tells
 * @param input how pictures must be scaled, if the file tells
 * @param note what a user must know before using them; empty if nothing
 */
public record ModelWeights(
    String source,
    Map<String, Tensor> tensors,
    @Nullable ModelCard card,
    Optional<Normalization> input,
    String note) {

  ModelWeights(Map<String, Tensor> tensors, ModelCard card) {
    this("weights", tensors, card, Optional.of(card.normalization()), "");
  }

  /**
   * @throws ConvoyException if the file cannot be read, is of no known format or damaged
   */
  public static ModelWeights read(Path file) {
    return of(file, content(file));
  }

  /**
   * A file's tensors; of an ONNX file, which its name tells, the initialisers.
   *
   * @throws ConvoyException if the file cannot be read, is of no known format or damaged
   */
  public static WeightsFile content(Path file) {
    return file.toString().endsWith(".onnx")
        ? new WeightsFile("ONNX", OnnxModel.read(file).weights(), Map.of(), List.of(), "")
        : WeightsFile.read(file);
  }

  /**
   * @param file that the content is of
   */
  public static ModelWeights of(Path file, WeightsFile content) {
    Optional<ModelCard> card = ModelCard.ofMetadata(file, content.metadata());
    return new ModelWeights(
        file.toString(),
        content.tensors(),
        card.orElse(null),
        card.map(ModelCard::normalization).or(content::input),
        content.note());
  }

  public Optional<ModelCard> description() {
    return Optional.ofNullable(card);
  }

  void write(Path file) {
    Safetensors.write(file, tensors, card == null ? Map.of() : card.toMetadata());
  }

  /**
   * Writes each parameter of the model, converted to f32 where it is stored otherwise. Those of
   * auxiliary classifiers may be missing in the file, and are left out of a state without them.
   *
   * @throws ConvoyException if one is missing or has another shape, or the file has more than the
   *     model; nothing is written then
   */
  public void writeTo(State state, Layer model) {
    writeTo(state, model, Set.of());
  }

  /**
   * @param except paths of parameters that are left as they are
   */
  void writeTo(State state, Layer model, Set<String> except) {
    WeightsMatch match = WeightsMatch.of(source, tensors, model, state, except);
    match.requireComplete(note);
    write(match, state);
  }

  /**
   * Writes the parameters that have a tensor of their name and shape, and leaves the others.
   *
   * @return what did not fit, on one line; empty if all did
   * @throws ConvoyException if nothing fits
   */
  public String writeFittingTo(State state, Layer model) {
    return writeFittingTo(state, model, Set.of());
  }

  String writeFittingTo(State state, Layer model, Set<String> except) {
    WeightsMatch match = WeightsMatch.of(source, tensors, model, state, except);
    match.requireSome(note);
    write(match, state);
    return match.isComplete() ? "" : source + ": " + match.differences();
  }

  private static void write(WeightsMatch match, State state) {
    match
        .fitting()
        .forEach((parameter, tensor) -> state.write(parameter.variable(), tensor.cast(DType.F32)));
  }
}
