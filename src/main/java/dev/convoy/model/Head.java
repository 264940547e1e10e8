package dev.convoy.model;

import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.tensor.Shape;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The part of a model that depends on how many classes it tells apart. */
public final class Head {

  private Head() {}

  /**
   * Found by building the model once more with another number of classes.
   *
   * @param picture C×H×W
   * @return paths of the parameters whose shapes then differ, for example {@code fc.weight} and
   *     {@code fc.bias}
   */
  public static Set<String> parameters(ModelDescription description, Shape picture, int classes) {
    Map<String, Shape> wider = new HashMap<>();
    description
        .build(picture, classes + 1)
        .parameters()
        .forEach(parameter -> wider.put(parameter.path(), parameter.shape()));
    Set<String> head = new LinkedHashSet<>();
    Layer model = description.build(picture, classes);
    for (Parameter parameter : model.parameters()) {
      if (!Objects.equals(parameter.shape(), wider.get(parameter.path()))) {
        head.add(parameter.path());
      }
    }
    return head;
  }
}
