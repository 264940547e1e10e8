package dev.convoy.weights.keras;

import static dev.convoy.weights.keras.KerasBytes.array;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Damaged HDF5 files end in one line, whatever the library stumbles over. */
class HostileKerasFileTest {

  private static final int CUTS = 40;

  @TempDir Path folder;

  private byte[] good() throws IOException {
    Map<String, Object> arrays = new LinkedHashMap<>();
    arrays.put("c/c/kernel:0", array(0, 1, 1, 2, 2));
    arrays.put("c/c/bias:0", array(0, 2));
    arrays.put("bn/bn/gamma:0", array(0, 2));
    return Files.readAllBytes(KerasBytes.write(folder.resolve("good.h5"), arrays));
  }

  private void refuses(Map<String, Object> arrays, String mentions) {
    Path file = KerasBytes.write(folder.resolve("hostile.h5"), arrays);
    assertThatThrownBy(() -> KerasFile.read(file))
        .isExactlyInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("Keras file " + file + ": ")
        .hasMessageContaining(mentions)
        .hasMessageMatching("[^\\p{Cntrl}\\u2028\\u2029]{1,1500}");
  }

  @TestFactory
  Stream<DynamicTest> isRefusedInOneLine() {
    Map<String, Map<String, Object>> cases = new LinkedHashMap<>();
    cases.put("its kernel has the shape [2, 2, 2]", Map.of("c/kernel:0", array(0, 2, 2, 2)));
    cases.put("its kernel has the shape [4]", Map.of("c/kernel:0", array(0, 4)));
    cases.put("its gamma has the shape [2, 2]", Map.of("c/gamma:0", array(0, 2, 2)));
    cases.put("depthwise kernel has", Map.of("c/depthwise_kernel:0", array(0, 2, 2)));
    cases.put("weights are floating-point", Map.of("c/kernel:0", new int[] {1}));
    cases.put("holds no weights of layers", Map.of("c/other:0", array(0, 1)));
    cases.put("nested deeper than 16", Map.of("a/".repeat(20) + "kernel:0", array(0, 2, 2)));
    cases.put("control characters", Map.of("a\nb/kernel:0", array(0, 2, 2)));
    cases.put(
        "its model_config is no JSON",
        Map.of("model_config", "{\"a\":\n[", "c/kernel:0", array(0, 2, 2)));
    return cases.entrySet().stream()
        .map(one -> dynamicTest(one.getKey(), () -> refuses(one.getValue(), one.getKey())));
  }

  @TestFactory
  Stream<DynamicTest> everyPrefixIsRefused() throws IOException {
    byte[] whole = good();
    return Stream.iterate(0, i -> i < CUTS, i -> i + 1)
        .map(
            i ->
                dynamicTest(
                    "cut " + i,
                    () -> {
                      Path file = folder.resolve("cut.h5");
                      Files.write(file, Arrays.copyOf(whole, whole.length * i / CUTS));
                      assertThatThrownBy(() -> KerasFile.read(file))
                          .isExactlyInstanceOf(ConvoyException.class)
                          .hasMessageMatching("[^\\p{Cntrl}]{1,1500}");
                    }));
  }
}
