package dev.convoy.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A reader under Jazzer's coverage-guided fuzzing: whatever bytes it is given, it reads or refuses.
 * Without the environment's JAZZER_FUZZ, the honest file and inputs found before are run once.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FuzzTarget {

  private final Reader reader;

  @TempDir static Path folder;

  FuzzTarget(Reader reader) {
    this.reader = reader;
  }

  /** The honest files, and what once was not refused properly. */
  Stream<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>(reader.honest(folder));
    for (int number = 1; ; number++) {
      String found = "found/%s-%d".formatted(reader.name().toLowerCase(Locale.ROOT), number);
      try (InputStream in = FuzzTarget.class.getResourceAsStream(found)) {
        if (in == null) {
          return seeds.stream();
        }
        seeds.add(in.readAllBytes());
      }
    }
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "60s")
  void readsOrRefuses(byte[] data) throws IOException {
    reader.readOrRefuse(Files.write(folder.resolve("input"), data));
  }
}
