package dev.convoy.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.data.TestData;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files in both containers give the tensors that PyTorch would. */
class TorchFileTest {

  private static final long[] SIZES = {2, 3};
  private static final long[] DENSE = {3, 1};
  private static final long[] TRANSPOSED = {1, 2};

  @TempDir Path folder;

  private Path file(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("weights.pth"), bytes);
  }

  private static byte[] floats(double... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      bytes.putFloat((float) value);
    }
    return bytes.array();
  }

  private static byte[] pickleOfTwoViews() {
    return PickleBytes.protocol2()
        .orderedDict()
        .op('(')
        .string("dense")
        .tensor("FloatStorage", "0", 6, 0, SIZES, DENSE)
        .string("turned")
        .tensor("FloatStorage", "0", 6, 0, SIZES, TRANSPOSED)
        .string("last")
        .tensor("FloatStorage", "0", 6, 5, new long[0], new long[0])
        .string("repeated")
        .tensor("FloatStorage", "0", 6, 1, new long[] {2, 2}, new long[] {0, 1})
        .op('u')
        .end();
  }

  @Test
  void bothContainersGiveStridedViewsOfSharedStorages() throws IOException {
    Map<String, byte[]> storages = Map.of("0", floats(1, 2, 3, 4, 5, 6));
    byte[][] files = {
      TorchBytes.zip(pickleOfTwoViews(), storages),
      TorchBytes.legacy(pickleOfTwoViews(), storages, 4)
    };
    for (byte[] bytes : files) {
      Map<String, Tensor> tensors = TorchFile.read(file(bytes)).tensors();
      assertThat(tensors.keySet()).containsExactly("dense", "turned", "last", "repeated");
      assertThat(tensors.get("dense").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(tensors.get("dense").shape().dims()).containsExactly(2, 3);
      assertThat(tensors.get("turned").toFloats()).containsExactly(1, 3, 5, 2, 4, 6);
      assertThat(tensors.get("last").item()).isEqualTo(6);
      assertThat(tensors.get("repeated").toFloats()).containsExactly(2, 3, 2, 3);
    }
  }

  @Test
  void everyElementTypeIsKeptOrWidened() throws IOException {
    byte[] bytes = {1, -1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    Map<StorageType, double[]> expected = new LinkedHashMap<>();
    expected.put(StorageType.BYTE, new double[] {1, 255});
    expected.put(StorageType.CHAR, new double[] {1, -1});
    expected.put(StorageType.BOOL, new double[] {1, 255});
    expected.put(StorageType.SHORT, new double[] {0xff01 - 0x10000, 1});
    expected.put(StorageType.INT, new double[] {0x1ff01, 0});
    expected.put(StorageType.LONG, new double[] {0x1ff01, 0});
    Map<StorageType, String> names =
        Map.of(
            StorageType.BYTE, "ByteStorage",
            StorageType.CHAR, "CharStorage",
            StorageType.BOOL, "BoolStorage",
            StorageType.SHORT, "ShortStorage",
            StorageType.INT, "IntStorage",
            StorageType.LONG, "LongStorage");
    for (Map.Entry<StorageType, double[]> entry : expected.entrySet()) {
      int elements = bytes.length / entry.getKey().bytes();
      byte[] pickle =
          PickleBytes.protocol2()
              .op('}')
              .string("t")
              .tensor(names.get(entry.getKey()), "a", elements, 0, new long[] {2}, new long[] {1})
              .op('s')
              .end();
      Tensor tensor =
          TorchFile.read(file(TorchBytes.zip(pickle, Map.of("a", bytes)))).tensors().get("t");
      assertThat(tensor.toDoubles()).as(entry.getKey().name()).isEqualTo(entry.getValue());
      assertThat(tensor.dtype()).isEqualTo(entry.getKey().dtype());
    }
  }

  @Test
  void sixteenBitFloatsKeepTheirBits() throws IOException {
    byte[] pickle =
        PickleBytes.protocol2()
            .op('}')
            .op('(')
            .string("half")
            .tensor("HalfStorage", "h", 1, 0, new long[] {1}, new long[] {1})
            .string("brain")
            .tensor("BFloat16Storage", "b", 1, 0, new long[] {1}, new long[] {1})
            .op('u')
            .end();
    Map<String, byte[]> storages = Map.of("h", new byte[] {0, 0x3e}, "b", new byte[] {0, 0x40});
    Map<String, Tensor> tensors = TorchFile.read(file(TorchBytes.zip(pickle, storages))).tensors();
    assertThat(tensors.get("half").dtype()).isEqualTo(DType.F16);
    assertThat(tensors.get("half").item()).isEqualTo(1.5);
    assertThat(tensors.get("brain").dtype()).isEqualTo(DType.BF16);
    assertThat(tensors.get("brain").item()).isEqualTo(2);
  }

  @Test
  void bigEndianElementsAreTurnedAround() throws IOException {
    byte[] pickle =
        PickleBytes.protocol2()
            .op('}')
            .string("t")
            .tensor("FloatStorage", "0", 1, 0, new long[] {1}, new long[] {1})
            .op('s')
            .end();
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("m/data.pkl", pickle);
    entries.put("m/byteorder", "big".getBytes());
    entries.put("m/data/0", new byte[] {0x3f, (byte) 0x80, 0, 0});
    Tensor tensor = TorchFile.read(file(TorchBytes.zipOf(entries, true))).tensors().get("t");
    assertThat(tensor.item()).isEqualTo(1);
  }

  @Test
  void parametersAreFoundInTheirWrapper() throws IOException {
    byte[] pickle =
        PickleBytes.protocol2()
            .op('}')
            .op('(')
            .string("epoch")
            .whole(7)
            .string("best_prec1")
            .op('G')
            .raw(new byte[8])
            .string("state_dict")
            .orderedDict()
            .op('(')
            .string("w")
            .global("torch._utils", "_rebuild_parameter")
            .op('(')
            .tensor("FloatStorage", "0", 1, 0, new long[] {1}, new long[] {1})
            .op(0x88)
            .orderedDict()
            .op("tR")
            .string("empty")
            .tensor("FloatStorage", "0", 1, 0, new long[] {0}, new long[] {1})
            .op('u')
            .op('}')
            .string("_metadata")
            .op("}sb") // attributes of the dictionary
            .string("optimizer")
            .op('}')
            .op('u')
            .end();
    TorchFile content = TorchFile.read(file(TorchBytes.zip(pickle, Map.of("0", floats(3)))));
    assertThat(content.tensors()).containsOnlyKeys("w");
    assertThat(content.tensors().get("w").item()).isEqualTo(3);
    assertThat(content.skipped()).containsExactly("epoch", "best_prec1", "optimizer", "empty");
  }

  @Test
  void publishedFileOfTheOldFormatIsRead() {
    TorchFile content = TorchFile.read(TestData.require("resnet20-12fca82f.th"));
    assertThat(content.tensors()).hasSize(97);
    assertThat(content.skipped()).containsExactly("best_prec1");
    Tensor first = content.tensors().get("module.conv1.weight");
    assertThat(first.shape().dims()).containsExactly(16, 3, 3, 3);
    assertThat(content.tensors().get("module.linear.bias").shape().dims()).containsExactly(10);
  }
}
