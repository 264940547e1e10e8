package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.data.DataSplit;
import dev.convoy.data.NearestName;
import dev.convoy.data.Normalization;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.Shape;
import dev.convoy.train.ModelCard;
import dev.convoy.train.ModelWeights;
import java.util.List;
import java.util.stream.IntStream;

/** The zoo as the command line sees it. */
final class Models {

  /**
   * A model of the zoo.
   *
   * @param input C×H×W
   * @param classes of its published form
   */
  record Entry(String name, Shape input, int classes) {

    Layer create(int count) {
      return ModelZoo.create(name, count);
    }
  }

  private Models() {}

  static List<Entry> all() {
    return List.of(new Entry("lenet5", Shape.of(1, 28, 28), 10));
  }

  /**
   * @throws ConvoyException if there is none of this name, with the nearest that there is
   */
  static Entry entry(String name) {
    List<String> names = all().stream().map(Entry::name).toList();
    return all().stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConvoyException(
                    "unknown model "
                        + name
                        + NearestName.of(name, names)
                            .map(near -> "; did you mean " + near + "?")
                            .orElse("")
                        + "; convoy models lists them"));
  }

  static Layer create(String name, int classes) {
    return entry(name).create(classes);
  }

  /**
   * A model for the classes and pictures of a data set.
   *
   * @throws ConvoyException if it does not take such pictures
   */
  static Layer create(String name, DataSplit data) {
    return create(name, data.train().classes());
  }

  /** The model asked for, else the one that the weights file names. */
  static String nameOf(String asked, ModelWeights weights) {
    if (!asked.isEmpty()) {
      return asked;
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
  static ModelCard card(String name, ModelWeights weights) {
    Entry entry = entry(name);
    int classes = entry.classes();
    return new ModelCard(
        name,
        IntStream.range(0, classes).mapToObj(k -> "class " + k).toList(),
        entry.input(),
        entry.input().dim(0) == 1 ? Normalization.MNIST : Normalization.IMAGENET);
  }
}
