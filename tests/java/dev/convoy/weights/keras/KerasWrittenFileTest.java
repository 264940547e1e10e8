package dev.convoy.weights.keras;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.tensor.Tensor;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files that Keras 3.15.1 wrote, {@code tests/peers/keras_files.py --fixture}: the whole model as
 * Keras 1 and 2 saved it, and the weights as Keras 3 does. Element i, row-major in Keras' order, of
 * the n-th array of a layer is n + i/1000.
 */
class KerasWrittenFileTest {

  /** Keras 3 numbers the layers of a class in a weights file; in a whole model they keep names. */
  @ParameterizedTest
  @CsvSource({
    "small.h5, first, norm, depth, separable, last",
    "small.weights.h5, conv2d, batch_normalization, depthwise_conv2d, separable_conv2d, dense"
  })
  void everyKindOfLayerIsRead(
      String file, String first, String norm, String depth, String separable, String last)
      throws URISyntaxException {
    Map<String, Tensor> tensors = read(file).tensors();
    Tensor convolution = tensors.get(first + ".weight");
    assertThat(convolution.shape().dims()).containsExactly(4, 3, 3, 2);
    // Keras' 3×2×3×4: (y, x, i, o) = (2, 1, 0, 3) is element 24·2 + 12·1 + 4·0 + 3.
    assertThat((float) convolution.at(3, 0, 2, 1)).isEqualTo(0.063f);
    assertThat((float) tensors.get(first + ".bias").get(2)).isEqualTo(1.002f);
    assertThat((float) tensors.get(norm + ".weight").get(1)).isEqualTo(0.001f);
    assertThat((float) tensors.get(norm + ".bias").get(1)).isEqualTo(1.001f);
    assertThat((float) tensors.get(norm + ".running_mean").get(0)).isEqualTo(2);
    assertThat((float) tensors.get(norm + ".running_var").get(3)).isEqualTo(3.003f);
    Tensor depthwise = tensors.get(depth + ".weight");
    assertThat(depthwise.shape().dims()).containsExactly(4, 1, 2, 3);
    // Keras' 2×3×4×1: (y, x, c) = (1, 2, 3) is element 12 + 8 + 3.
    assertThat((float) depthwise.at(3, 0, 1, 2)).isEqualTo(0.023f);
    assertThat(tensors.get(separable + ".conv1.weight").shape().dims()).containsExactly(4, 1, 2, 2);
    Tensor pointwise = tensors.get(separable + ".pointwise.weight");
    assertThat(pointwise.shape().dims()).containsExactly(5, 4, 1, 1);
    // Keras' 1×1×4×5: (i, o) = (3, 2) is element 17 of the second array.
    assertThat((float) pointwise.at(2, 3, 0, 0)).isEqualTo(1.017f);
    Tensor matrix = tensors.get(last + ".weight");
    assertThat(matrix.shape().dims()).containsExactly(2, 5);
    // Keras' 5×2: (i, o) = (4, 1) is element 9.
    assertThat((float) matrix.at(1, 4)).isEqualTo(0.009f);
  }

  private static KerasFile read(String name) throws URISyntaxException {
    URL file = KerasWrittenFileTest.class.getResource(name);
    assertThat(file).isNotNull();
    return KerasFile.read(Path.of(file.toURI()));
  }
}
