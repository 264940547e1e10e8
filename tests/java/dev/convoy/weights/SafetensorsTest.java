package dev.convoy.weights;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.convoy.ConvoyException;
import dev.convoy.files.FaultyDisk;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {

  @TempDir Path folder;

  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("weights.safetensors");
  }

  @Test
  void roundTripsEveryTypeBitForBit() {
    Random random = new Random(3);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int[][] shapes = {{}, {1}, {7}, {3, 5}, {2, 3, 1, 5}, {1, 1, 1, 1, 1, 3}, {300_001}};
    for (DType dtype : DType.values()) {
      for (int[] shape : shapes) {
        TensorType type = TensorType.of(dtype, shape);
        byte[] bytes = new byte[(int) type.bytes()];
        random.nextBytes(bytes); // NaNs with payloads and negative zeros among them
        tensors.put(type.toString(), Tensor.wrap(type, ByteBuffer.wrap(bytes)));
      }
    }
    Map<String, String> metadata = Map.of("format", "pt", "note", "line 1\nline 2 \"é😀\"", "", "");
    Safetensors.write(path, tensors, metadata);
    Safetensors read = Safetensors.read(path);
    assertThat(read.metadata()).isEqualTo(metadata);
    assertSameTensors(read.tensors(), tensors);
  }

  @Test
  void roundTripsEmptyFile() throws IOException {
    Safetensors.write(path, Map.of(), Map.of());
    // Bytes of the Python package safetensors 0.8.0: serialize({}, None).
    assertThat(path).hasBinaryContent("\10\0\0\0\0\0\0\0{}      ".getBytes(UTF_8));
    assertThat(Safetensors.read(path).tensors()).isEmpty();
    assertThat(Safetensors.read(path).metadata()).isEmpty();
  }

  /** The resource was written by the Python package safetensors 0.8.0 from the same values. */
  @Test
  void writesTheSameBytesAsTheReferenceImplementation() throws IOException {
    Safetensors.write(path, referenceTensors(), Map.of("format", "pt"));
    assertThat(path).hasBinaryContent(referenceBytes());
  }

  @Test
  void readsTheReferenceImplementationsFile() throws IOException {
    Files.write(path, referenceBytes());
    Safetensors read = Safetensors.read(path);
    assertSameTensors(read.tensors(), referenceTensors());
    assertThat(read.metadata()).isEqualTo(Map.of("format", "pt"));
    assertThat(read.tensors().keySet())
        .containsExactly(
            "step", "wide", "a.weight", "b.bias", "index", "brain", "half", "\uffee", "😀ß\"k");
  }

  @Test
  void bytesDoNotDependOnTheOrderOfMaps() throws IOException {
    Map<String, String> metadata = Map.of("a", "1", "b", "2", "c", "3", "d", "4");
    Path other = folder.resolve("other");
    Safetensors.write(path, new TreeMap<>(referenceTensors()), new TreeMap<>(metadata));
    Safetensors.write(other, new HashMap<>(referenceTensors()), new HashMap<>(metadata));
    assertThat(other).hasSameBinaryContentAs(path);
  }

  @Test
  void acceptsDataInAnyOrderAndSpaces() throws IOException {
    String header =
        "{\n \"b\" : {\"shape\":[2],\"data_offsets\":[4,6],\"dtype\":\"U8\"},"
            + SafetensorsBytes.entry("a", "F32", "[]", "[0,4]")
            + "} \r\n\t ";
    Files.write(path, SafetensorsBytes.file(header, 6));
    Map<String, Tensor> tensors = Safetensors.read(path).tensors();
    assertThat(tensors.keySet()).containsExactly("b", "a");
    assertThat(tensors.get("a").type()).isEqualTo(TensorType.of(DType.F32));
    assertThat(tensors.get("b").type()).isEqualTo(TensorType.of(DType.U8, 2));
  }

  @Test
  void readsWhileInterrupted() {
    Safetensors.write(path, referenceTensors(), Map.of());
    Thread.currentThread().interrupt();
    assertThat(Safetensors.read(path).tensors()).hasSize(9);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void loadedTensorsDoNotChangeWithTheFile() throws IOException {
    Safetensors.write(path, Map.of("w", Tensor.of(new float[] {1, 2}, 2)), Map.of());
    Tensor loaded = Safetensors.read(path).tensors().get("w");
    byte[] bytes = Files.readAllBytes(path);
    Arrays.fill(bytes, bytes.length - 8, bytes.length, (byte) 0);
    Files.write(path, bytes);
    assertThat(loaded.toFloats()).containsExactly(1, 2);
  }

  @Test
  void contentCannotBeChanged() {
    Safetensors content = new Safetensors(referenceTensors(), Map.of());
    assertThatThrownBy(() -> content.tensors().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void everyFaultLeavesOldOrNewFileReadable() {
    Map<String, Tensor> old = Map.of("w", Tensor.of(new float[] {1, 2, 3}, 3));
    FaultyDisk counting = FaultyDisk.counting();
    Safetensors.write(path, referenceTensors(), Map.of(), counting);
    assertThat(counting.steps()).isEqualTo(1 + 1 + 9 + 4);
    for (FaultyDisk.Fault fault : FaultyDisk.Fault.values()) {
      for (int step = 0; step < counting.steps(); step++) {
        Safetensors.write(path, old, Map.of());
        FaultyDisk disk = new FaultyDisk(fault, step);
        Throwable thrown =
            catchThrowable(() -> Safetensors.write(path, referenceTensors(), Map.of(), disk));
        assertSameTensors(
            Safetensors.read(path).tensors(), disk.replaced() ? referenceTensors() : old);
        assertThat(thrown instanceof ConvoyException).isEqualTo(disk.failed());
      }
    }
  }

  @Test
  void refusesToWriteWhatCannotBeRead() {
    Tensor tensor = Tensor.scalar(1).reshape();
    assertRefused(Map.of("", tensor), Map.of(), "the name is empty");
    assertRefused(Map.of("a\nb", tensor), Map.of(), "\"a\\u000ab\": the name contains U+000A");
    assertRefused(Map.of("a\u2028b", tensor), Map.of(), "U+2028");
    assertRefused(Map.of("\ud800", tensor), Map.of(), "U+D800");
    assertRefused(Map.of("__metadata__", tensor), Map.of(), "reserved");
    assertRefused(Map.of(), Map.of("key", "\udc00"), "\"key\": contains an unpaired surrogate");
    int[] dims = new int[65];
    Arrays.fill(dims, 1);
    assertRefused(
        Map.of("deep", tensor.reshape(dims)), Map.of(), "\"deep\": shape has more than 64");
    Map<String, Tensor> many = new HashMap<>();
    for (int i = 0; i <= 65_536; i++) {
      many.put("t" + i, tensor);
    }
    assertRefused(many, Map.of(), "65537 tensors: the limit is 65536");
    many.remove("t0");
    Safetensors.write(path, many, Map.of());
    assertThat(Safetensors.read(path).tensors()).hasSize(65_536);
  }

  private void assertRefused(
      Map<String, Tensor> tensors, Map<String, String> metadata, String message) {
    assertThatThrownBy(() -> Safetensors.write(path, tensors, metadata))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
    assertThat(path).doesNotExist();
  }

  private static void assertSameTensors(Map<String, Tensor> actual, Map<String, Tensor> expected) {
    assertThat(actual.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
    actual.forEach(
        (name, tensor) -> {
          assertThat(tensor.type()).isEqualTo(expected.get(name).type());
          assertThat(tensor.bytes()).isEqualTo(expected.get(name).bytes());
        });
  }

  static Map<String, Tensor> referenceTensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b.bias", Tensor.of(new float[] {1, -2}, 2));
    tensors.put("a.weight", Tensor.of(new float[] {0.5f, 3}, 1, 2));
    tensors.put("half", Tensor.of(DType.F16, new double[] {1, -2, 0x1p-24}, 3));
    tensors.put("brain", Tensor.of(DType.BF16, new double[] {1}, 1));
    tensors.put("wide", Tensor.of(new double[] {1.5}));
    tensors.put("step", Tensor.of(new long[] {-2}, 1));
    tensors.put("index", Tensor.of(DType.I32, new double[] {7, Integer.MAX_VALUE}, 2, 1));
    tensors.put("\uffee", Tensor.of(DType.U8, new double[] {9}, 1));
    tensors.put("😀ß\"k", Tensor.of(DType.U8, new double[] {0, 128, 255}, 3));
    return tensors;
  }

  static byte[] referenceBytes() throws IOException {
    try (InputStream resource =
        SafetensorsTest.class.getResourceAsStream("reference.safetensors")) {
      return resource.readAllBytes();
    }
  }
}
