package dev.convoy.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.optim.Plateau;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {

  @TempDir private Path folder;

  @Test
  void survivesItsFile() {
    Path file = folder.resolve("checkpoint.safetensors");
    Checkpoint written =
        new Checkpoint(
            Map.of("w", Tensor.of(new float[] {1, 2}, 2)),
            new Position(3, 4, 1L << 40),
            new Metrics.Sums(0.1 + 0.2, 5, 6, 7),
            -9,
            4,
            new Judgement(2, 1 / 3.0, new Plateau(5, 0.2, 0.1 + 0.7, 3, 1)));
    written.write(file);
    Checkpoint read = Checkpoint.read(file);
    assertThat(read).usingRecursiveComparison().ignoringFields("variables").isEqualTo(written);
    assertThat(read.variables().get("w").toFloats()).containsExactly(1, 2);
  }

  @Test
  void weightsAreNoCheckpoint() {
    Path file = folder.resolve("weights.safetensors");
    Safetensors.write(file, Map.of("w", Tensor.scalar(1)), Map.of());
    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("is no checkpoint of a run (its metadata has no valid epoch)");
  }

  @Test
  void folderWithoutRunCannotBeResumed() {
    assertThatThrownBy(() -> RunFolder.resume(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("no checkpoint.safetensors in it");
  }

  @Test
  void folderWithRunIsNotOverwritten() throws Exception {
    Files.createFile(folder.resolve("checkpoint.safetensors"));
    assertThatThrownBy(() -> RunFolder.create(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("holds a run already; continue it with --resume");
  }

  @Test
  void namesAreFoundThatHoldNoRun() throws Exception {
    assertThat(RunFolder.freeName(folder, "m")).isEqualTo(folder.resolve("m"));
    Files.createDirectory(folder.resolve("m"));
    Files.createDirectory(folder.resolve("m-2"));
    assertThat(RunFolder.freeName(folder, "m")).isEqualTo(folder.resolve("m-3"));
  }

  @Test
  void fileInTheFoldersPlaceIsNamed() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> RunFolder.create(file))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("cannot be written: it is a file; choose another with --output-dir");
  }
}
