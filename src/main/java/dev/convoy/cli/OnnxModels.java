package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.model.ModelDescription;
import dev.convoy.nn.Layer;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.onnx.OnnxExport;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.tensor.Shape;
import dev.convoy.train.ModelCard;
import dev.convoy.train.ModelWeights;
import java.nio.file.Path;

/** ONNX files where the command line asks for a model. */
final class OnnxModels {

  private OnnxModels() {}

  /** Whether a model's name is that of an ONNX file. */
  static boolean isFile(String name) {
    return name.endsWith(".onnx");
  }

  /**
   * The file as if it were in the zoo; the pictures and classes are its own.
   *
   * @throws ConvoyException if it cannot be read or leaves the size of its pictures open
   */
  static ModelDescription describe(String file) {
    OnnxModel model = OnnxModel.read(Path.of(file)).classifier();
    Shape picture = model.picture();
    int classes = model.classes();
    return new ModelDescription(
        file,
        stem(file),
        0,
        "",
        picture,
        classes,
        1,
        (askedPicture, askedClasses) -> {
          if (!askedPicture.equals(picture) || askedClasses != classes) {
            throw new ConvoyException(
                "%s takes pictures %s and gives %d scores, asked are %s and %d; export it for those"
                    .formatted(file, picture, classes, askedPicture, askedClasses));
          }
          return (Layer) model;
        });
  }

  /**
   * Writes a model of the zoo with weights.
   *
   * @param asked the model's name; empty for the one that the weights name
   * @return what was written
   * @throws ConvoyException if the weights are not the model's
   */
  static ModelCard write(Path file, String asked, ModelWeights weights, BatchNormForm form) {
    String name = Models.nameOf(asked, weights);
    ModelCard card = weights.description().orElseGet(() -> Models.card(name));
    Layer network = Models.named(name).build(card.picture(), card.classNames().size());
    OnnxExport.write(file, network, card.picture(), weights.tensors(), form);
    return card;
  }

  /** A name for folders and titles: without folder and ending. */
  static String stem(String name) {
    if (!isFile(name)) {
      return name;
    }
    String last = String.valueOf(Path.of(name).getFileName());
    String stem = last.substring(0, last.length() - ".onnx".length());
    return stem.isEmpty() ? "onnx" : stem;
  }
}
