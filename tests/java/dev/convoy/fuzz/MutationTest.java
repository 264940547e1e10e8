package dev.convoy.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Honest files with bytes changed, cut out, repeated or appended are read or refused with one line;
 * no other exception, no error of the virtual machine. The seed is fixed; {@link FuzzTargets} do
 * more.
 */
class MutationTest {

  private static final int ROUNDS = Integer.getInteger("convoy.fuzz.rounds", 400);
  private static final int[] EDGES = {0, 1, 0x7f, 0x80, 0xff};

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void readersReadOrRefuse(Reader reader) throws IOException {
    int refused = 0;
    for (byte[] honest : reader.honest(folder)) {
      reader.readOrRefuse(Files.write(folder.resolve("honest"), honest));
      refused += refusedMutations(reader, honest);
    }
    assertThat(refused).isPositive();
  }

  private int refusedMutations(Reader reader, byte[] honest) throws IOException {
    Random random = new Random(1);
    Path file = folder.resolve("mutated");
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] mutated = mutate(honest, random);
      Files.write(file, mutated);
      try {
        reader.read(file);
      } catch (ConvoyException e) {
        assertThat(e.getMessage()).isNotBlank().doesNotContainPattern("[\\n\\r]");
        refused++;
      } catch (RuntimeException | Error e) {
        Path kept = Files.write(Path.of("target", "fuzz-" + reader + "-" + round), mutated);
        throw new AssertionError("round " + round + ", kept as " + kept, e);
      }
    }
    return refused;
  }

  @Test
  void everyReaderIsFuzzedToo() {
    assertThat(FuzzTargets.class.getDeclaredClasses()).hasSameSizeAs(Reader.values());
  }

  private static byte[] mutate(byte[] honest, Random random) {
    byte[] bytes = honest.clone();
    for (int changes = 1 + random.nextInt(4); changes > 0 && bytes.length > 1; changes--) {
      int place = random.nextInt(bytes.length);
      switch (random.nextInt(8)) {
        case 0 -> bytes = Arrays.copyOf(bytes, place);
        case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(64));
        case 2 -> {
          int from = random.nextInt(bytes.length);
          int count = Math.min(random.nextInt(16), bytes.length - Math.max(from, place));
          System.arraycopy(bytes.clone(), from, bytes, place, count);
        }
        case 3, 4 -> bytes[place] = (byte) EDGES[random.nextInt(EDGES.length)];
        default -> bytes[place] = (byte) random.nextInt();
      }
    }
    return bytes;
  }
}
