package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.data.DataSplit;
import dev.convoy.data.Normalization;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.ModelCard;
import dev.convoy.train.ModelWeights;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The zoo, and models from files, as the command line sees them. */
final class Models {

  private static final Pattern PICTURE = Pattern.compile("(\\d{1,6})x(\\d{1,6})x(\\d{1,6})");

  private Models() {}

  /**
   * A model of the zoo or from an ONNX file.
   *
   * @throws ConvoyException if there is none of this name
   */
  static ModelDescription named(String name) {
    return OnnxModels.isFile(name) ? OnnxModels.describe(name) : ModelZoo.named(name);
  }

  /**
   * The pictures that {@code --input} asks for, else the published ones.
   *
   * @throws ConvoyException if it is not written as C×H×W
   */
  static Shape picture(ModelDescription description, @Nullable String input) {
    if (input == null) {
      return description.input();
    }
    Matcher matcher = PICTURE.matcher(input);
    if (!matcher.matches()) {
      throw new ConvoyException("--input " + input + ": write it as 3x224x224");
    }
    return Shape.of(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /** A model in its published form. */
  static Layer published(ModelDescription description) {
    return description.build(description.input(), description.classes());
  }

  /**
   * A model for the classes and pictures of a data set.
   *
   * @throws ConvoyException if there is none of this name or it does not take such pictures
   */
  static Layer create(String name, DataSplit data) {
    return named(name).build(data.train().pictureShape(), data.train().classes());
  }

  /** The model asked for, else the one that the weights file names. */
  static String nameOf(String asked, ModelWeights weights) {
    if (!asked.isEmpty()) {
      return asked;
    }
    if (OnnxModels.isFile(weights.source())) {
      return weights.source();
    }
    return weights
        .description()
        .map(ModelCard::model)
        .orElseThrow(
            () ->
                new ConvoyException(
                    weights.source() + " does not say which model it is of; add --model"));
  }

  /** What is usual for weights that do not say what they were trained on. */
  static ModelCard card(String name) {
    ModelDescription description = named(name);
    int classes = description.classes();
    return new ModelCard(
        name,
        IntStream.range(0, classes).mapToObj(k -> "class " + k).toList(),
        description.input(),
        description.input().dim(0) == 1 ? Normalization.MNIST : Normalization.IMAGENET);
  }
}
