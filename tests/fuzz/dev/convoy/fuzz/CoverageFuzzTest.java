package dev.convoy.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/**
 * Coverage-guided fuzzing of every reader by Jazzer, one target a run:
 *
 * <pre>JAZZER_FUZZ=1 mvn -Pfuzz test -Dtest=CoverageFuzzTest#keras</pre>
 *
 * <p>Without the variable, inputs found before are run again.
 */
class CoverageFuzzTest {

  private static final String FOR = "10m";

  @TempDir static Path folder;

  @FuzzTest(maxDuration = FOR)
  void safetensors(byte[] data) throws IOException {
    run(Reader.SAFETENSORS, data);
  }

  @FuzzTest(maxDuration = FOR)
  void torchZip(byte[] data) throws IOException {
    run(Reader.TORCH_ZIP, data);
  }

  @FuzzTest(maxDuration = FOR)
  void torchLegacy(byte[] data) throws IOException {
    run(Reader.TORCH_LEGACY, data);
  }

  @FuzzTest(maxDuration = FOR)
  void keras(byte[] data) throws IOException {
    run(Reader.KERAS, data);
  }

  @FuzzTest(maxDuration = FOR)
  void idx(byte[] data) throws IOException {
    run(Reader.IDX, data);
  }

  @FuzzTest(maxDuration = FOR)
  void png(byte[] data) throws IOException {
    run(Reader.PNG, data);
  }

  @FuzzTest(maxDuration = FOR)
  void jpeg(byte[] data) throws IOException {
    run(Reader.JPEG, data);
  }

  private static void run(Reader reader, byte[] data) throws IOException {
    try {
      reader.read(Files.write(folder.resolve("input"), data));
    } catch (ConvoyException e) {
      // Refused, as it should be.
    }
  }
}
