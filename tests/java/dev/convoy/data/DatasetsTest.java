package dev.convoy.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {

  @TempDir Path folder;

  private static void refuses(String dataPath, String complaint) {
    assertThatThrownBy(() -> Datasets.open(dataPath))
        .isInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("data path ")
        .hasMessageContaining(complaint)
        .hasMessageContaining("accepted are builtin:mnist-small")
        .hasMessageNotContaining("\n");
  }

  @Test
  void suggestsTheNearestName() {
    refuses("builtin:mnist-smal", "did you mean builtin:mnist-small?");
    refuses("mnist-small", "did you mean builtin:mnist-small?");
    refuses("builtin:imagenet", "is no builtin data set; accepted");
  }

  @Test
  void refusesWhatIsNoDataSet() throws IOException {
    refuses(folder.resolve("none").toString(), "does not exist");
    refuses(folder.toString(), "is empty");
    refuses("", "\"\" does not exist");
    refuses("a\0b", "is no path");
    Path file = Files.writeString(folder.resolve("notes.txt"), "x");
    refuses(file.toString(), "is a file, not a folder");
    refuses(folder.toString(), "holds no known data set (but notes.txt)");
  }

  @Test
  void refusesTwoSetsInOneFolder() throws IOException {
    Files.createFile(folder.resolve("train-images-idx3-ubyte"));
    Files.createFile(folder.resolve("test_batch.bin"));
    assertThatThrownBy(() -> Datasets.open(folder.toString()))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("both MNIST and CIFAR-10");
  }

  @Test
  void checksWhatAnInMemorySetHolds() {
    Shape shape = Shape.of(1, 1, 2);
    List<String> classes = List.of("a", "b");
    assertThatThrownBy(() -> new InMemoryDataset("x", shape, classes, new byte[0], new byte[0]))
        .hasMessageContaining("holds no pictures");
    assertThatThrownBy(() -> new InMemoryDataset("x", shape, classes, new byte[3], new byte[1]))
        .hasMessageContaining("need 2 bytes of pixels, got 3");
    assertThatThrownBy(() -> new InMemoryDataset("x", shape, classes, new byte[2], new byte[] {2}))
        .hasMessageContaining("label 2 at position 0 is outside 0 to 1");
    Dataset good = new InMemoryDataset("x", shape, classes, new byte[2], new byte[1]);
    assertThatThrownBy(() -> good.read(1, new byte[2]))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> new DataSplit(good, good, Normalization.CIFAR10))
        .hasMessageContaining("normalization has 3 channels");
  }

  @Test
  void normalizesAsTorchvisionDoes() {
    // numpy in float32: (255/255 - 0.1307) / 0.3081 and (0 - 0.1307) / 0.3081.
    assertThat(Normalization.MNIST.table(0)[255]).isEqualTo(2.8214867f);
    assertThat(Normalization.MNIST.table(0)[0]).isEqualTo(-0.42421296f);
    assertThatThrownBy(() -> new Normalization(new float[] {0}, new float[] {0}))
        .isInstanceOf(ConvoyException.class);
    assertThatThrownBy(() -> new Normalization(new float[] {0, 0}, new float[] {1}))
        .hasMessageContaining("2 means and 1 standard deviations");
    assertThatThrownBy(() -> new Normalization(new float[] {Float.NaN}, new float[] {1}))
        .hasMessageContaining("finite");
  }
}
