package dev.convoy.weights.keras;

import static dev.convoy.weights.keras.KerasBytes.array;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.data.Normalization;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Parameter;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layouts and names of Keras files; expected numbers are the arrays' row-major counters. */
class KerasFileTest {

  @TempDir Path folder;

  private KerasFile read(Map<String, Object> arrays) {
    return KerasFile.read(KerasBytes.write(folder.resolve("weights.h5"), arrays));
  }

  @Test
  void axesAreBroughtIntoOurOrder() {
    Map<String, Object> arrays = new LinkedHashMap<>();
    arrays.put("c/c/kernel:0", array(0, 2, 1, 3, 2));
    arrays.put("c/c/bias:0", array(0, 2));
    arrays.put("d/d/depthwise_kernel:0", array(0, 1, 2, 3, 2));
    arrays.put("f/f/kernel:0", array(0, 3, 2));
    KerasFile file = read(arrays);
    Tensor convolution = file.tensors().get("c.weight");
    assertThat(convolution.shape().dims()).containsExactly(2, 3, 2, 1);
    // Element (o, i, y, x) is Keras' (y, x, i, o) = 6y + 2i + o.
    assertThat(convolution.at(1, 2, 0, 0)).isEqualTo(5);
    assertThat(convolution.at(0, 1, 1, 0)).isEqualTo(8);
    Tensor depthwise = file.tensors().get("d.weight");
    assertThat(depthwise.shape().dims()).containsExactly(6, 1, 1, 2);
    // Element (2c + m, 0, 0, x) is Keras' (0, x, c, m) = 6x + 2c + m.
    assertThat(depthwise.at(3, 0, 0, 1)).isEqualTo(9);
    assertThat(file.tensors().get("f.weight").toFloats()).containsExactly(0, 2, 4, 1, 3, 5);
    assertThat(file.tensors().get("c.bias").toFloats()).containsExactly(0, 1);
    assertThat(file.note()).contains("no model that Keras ships");
  }

  @Test
  void flattenedPicturesChangeFromHeightWidthChannelsToChannelsHeightWidth() {
    KerasArray matrix =
        new KerasArray(KerasArray.Role.KERNEL, new int[] {6, 1}, new float[] {0, 1, 2, 3, 4, 5});
    // Two pixels of three channels: pixel p of channel c is Keras' input 3p + c, ours 2c + p.
    assertThat(KerasLayout.flattened(matrix, 2, 3).toFloats()).containsExactly(0, 3, 1, 4, 2, 5);
  }

  @Test
  void wholeModelsAndKeras3AreFoundWhereTheyLie() {
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put("model_weights/bn/bn/gamma:0", array(1, 2));
    whole.put("model_weights/bn/bn/moving_variance:0", array(3, 2));
    whole.put("optimizer_weights/x", array(0, 2));
    assertThat(read(whole).tensors()).containsOnlyKeys("bn.weight", "bn.running_var");
    Map<String, Object> third = new LinkedHashMap<>();
    third.put("layers/conv2d/vars/0", array(0, 1, 1, 2, 2));
    third.put("layers/conv2d/vars/1", array(0, 2));
    third.put("layers/batch_normalization/vars/2", array(0, 2));
    third.put("optimizer/vars/0", array(0, 2));
    assertThat(read(third).tensors())
        .containsOnlyKeys("conv2d.weight", "conv2d.bias", "batch_normalization.running_mean");
  }

  @Test
  void namesOfKeras1AreKnown() {
    Map<String, Object> arrays = new LinkedHashMap<>();
    arrays.put("fc1/fc1_W_1:0", array(0, 2, 1));
    arrays.put("fc1/fc1_b_1:0", array(0, 1));
    assertThat(read(arrays).tensors()).containsOnlyKeys("fc1.weight", "fc1.bias");
  }

  /** With every kernel shrunk to one number a channel count cannot hide a wrong name. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "vgg16",
        "vgg19",
        "densenet121",
        "densenet169",
        "densenet201",
        "xception",
        "efficientnet-b0"
      })
  void everyParameterOfTheZooIsNamed(String model) {
    KerasFamily family = family(model);
    KerasFile file = read(smallFile(family, false));
    var description = ModelZoo.named(model);
    Set<String> ours =
        description.build(description.input(), description.classes()).parameters().stream()
            .map(Parameter::path)
            .collect(Collectors.toSet());
    assertThat(new TreeSet<>(file.tensors().keySet())).isEqualTo(new TreeSet<>(ours));
    assertThat(file.input()).isPresent();
    KerasFile third = read(smallFile(family, true));
    assertThat(third.tensors().keySet()).isEqualTo(file.tensors().keySet());
    file.tensors()
        .forEach(
            (name, tensor) ->
                assertThat(third.tensors().get(name).toFloats())
                    .as(name)
                    .isEqualTo(tensor.toFloats()));
  }

  private static KerasFamily family(String model) {
    return KerasFamily.all().stream().filter(f -> f.model().equals(model)).findFirst().get();
  }

  /**
   * Each layer with tiny arrays, numbered by the order of the layers.
   *
   * @param third in the places of Keras 3 instead of 2
   */
  private static Map<String, Object> smallFile(KerasFamily family, boolean third) {
    Map<String, Object> arrays = new LinkedHashMap<>();
    Map<KerasLayer.Kind, Integer> counts = new LinkedHashMap<>();
    float first = 0;
    for (KerasLayer layer : family.layers()) {
      String name = layer.name().replaceFirst("\\|.*", "");
      name = name.replaceFirst("#0$", "").replace('#', '_');
      int index = counts.merge(layer.kind(), 1, Integer::sum) - 1;
      String className = layer.kind().className() + (index == 0 ? "" : "_" + index);
      List<Object> values = values(layer, first++, layer.ours().contains(".fc"), family);
      List<String> names = roles(layer.kind());
      for (int i = 0; i < values.size(); i++) {
        String place = third ? "layers/%s/vars/%d" : "%1$s/%1$s/%3$s:0";
        arrays.put(place.formatted(third ? className : name, i, names.get(i)), values.get(i));
      }
    }
    return arrays;
  }

  private static List<Object> values(
      KerasLayer layer, float first, boolean squeeze, KerasFamily family) {
    List<Object> values = new ArrayList<>();
    switch (layer.kind()) {
      case CONVOLUTION -> {
        values.add(array(first, 1, 1, 1, 1));
        if (squeeze || family.model().startsWith("vgg")) {
          values.add(array(first, 1));
        }
      }
      case DEPTHWISE -> values.add(array(first, 1, 1, 1, 1));
      case SEPARABLE -> {
        values.add(array(first, 1, 1, 1, 1));
        values.add(array(first, 1, 1, 1, 1));
      }
      case DENSE -> {
        values.add(array(first, layer.pixels(), 1));
        values.add(array(first, 1));
      }
      case NORM -> {
        for (int i = 0; i < 4; i++) {
          values.add(array(first, 1));
        }
      }
    }
    return values;
  }

  private static List<String> roles(KerasLayer.Kind kind) {
    return switch (kind) {
      case CONVOLUTION, DENSE -> List.of("kernel", "bias");
      case DEPTHWISE -> List.of("depthwise_kernel", "bias");
      case SEPARABLE -> List.of("depthwise_kernel", "pointwise_kernel", "bias");
      case NORM -> List.of("gamma", "beta", "moving_mean", "moving_variance");
    };
  }

  @Test
  void anotherEpsilonIsPutIntoTheVariance() {
    KerasFile file = read(smallFile(family("xception"), false));
    // The second layer of the family: variance 1 with ε 10⁻³, ours has ε 10⁻⁵.
    assertThat(file.tensors().get("bn1.running_var").item() + 1e-5)
        .isCloseTo(1 + 1e-3, within(1e-7));
    assertThat(file.tensors().get("bn1.weight").item()).isEqualTo(1);
  }

  @Test
  void blueFirstIsTurnedIntoRedFirst() {
    Map<String, Object> arrays = smallFile(family("vgg16"), false);
    arrays.put("block1_conv1/block1_conv1/kernel:0", array(0, 1, 1, 3, 1));
    KerasFile file = read(arrays);
    assertThat(file.tensors().get("features.0.weight").toFloats()).containsExactly(2, 1, 0);
    Normalization input = file.input().orElseThrow();
    // Caffe's scaling: a byte x of red becomes x − 123.68.
    assertThat(input.table(0)[200]).isCloseTo(200 - 123.68f, within(1e-3f));
    assertThat(input.table(2)[200]).isCloseTo(200 - 103.939f, within(1e-3f));
  }

  @Test
  void resNet50IsRecognisedAndSaysWhyItDoesNotFit() {
    KerasFile file = read(smallFile(KerasResNet.family(), false));
    assertThat(file.note()).contains("v1.5", "--weights resnet50");
    assertThat(file.tensors()).containsKey("conv1_conv.weight");
  }
}
