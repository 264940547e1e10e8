package dev.convoy.weights.keras;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.tensor.Tensor;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that Keras 3.15.1 wrote, {@code tests/peers/keras_files.py --fixture}: the whole model as
 * Keras 1 and 2 saved it, and the weights as Keras 3 does. Element i, row-major in Keras' order, of
 * the n-th array of a layer is n + i/1000.
 */
class KerasWrittenFileTest {

  @ParameterizedTest
  @ValueSource(strings = {"small.h5", "small.weights.h5"})
  void everyKindOfLayerIsRead(String name) throws URISyntaxException {
    Map<String, Tensor> tensors = read(name).tensors();
    assertThat(tensors)
        .containsOnlyKeys(
            "first.weight",
            "first.bias",
            "norm.weight",
            "norm.bias",
            "norm.running_mean",
            "norm.running_var",
            "depth.weight",
            "depth.bias",
            "separable.depthwise.weight",
            "separable.pointwise.weight",
            "separable.bias",
            "last.weight",
            "last.bias");
    Tensor first = tensors.get("first.weight");
    assertThat(first.shape().dims()).containsExactly(4, 3, 3, 2);
    // Keras' 3×2×3×4: (y, x, i, o) = (2, 1, 0, 3) is element 24·2 + 12·1 + 4·0 + 3.
    assertThat((float) first.at(3, 0, 2, 1)).isEqualTo(0.063f);
    assertThat((float) tensors.get("first.bias").get(2)).isEqualTo(1.002f);
    assertThat((float) tensors.get("norm.weight").get(1)).isEqualTo(0.001f);
    assertThat((float) tensors.get("norm.running_var").get(3)).isEqualTo(3.003f);
    Tensor depth = tensors.get("depth.weight");
    assertThat(depth.shape().dims()).containsExactly(4, 1, 2, 3);
    // Keras' 2×3×4×1: (y, x, c) = (1, 2, 3) is element 12 + 8 + 3.
    assertThat((float) depth.at(3, 0, 1, 2)).isEqualTo(0.023f);
    Tensor last = tensors.get("last.weight");
    assertThat(last.shape().dims()).containsExactly(2, 5);
    // Keras' 5×2: (i, o) = (4, 1) is element 9.
    assertThat((float) last.at(1, 4)).isEqualTo(0.009f);
  }

  private static KerasFile read(String name) throws URISyntaxException {
    URL file = KerasWrittenFileTest.class.getResource(name);
    assertThat(file).isNotNull();
    return KerasFile.read(Path.of(file.toURI()));
  }
}
