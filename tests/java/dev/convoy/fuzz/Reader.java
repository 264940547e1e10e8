package dev.convoy.fuzz;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.ConvoyException;
import dev.convoy.calibrate.Calibration;
import dev.convoy.data.Datasets;
import dev.convoy.data.PictureFile;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.pass.ActivationRange;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.onnx.EveryOperator;
import dev.convoy.onnx.OnnxExport;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.onnx.format.OnnxBytes;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import dev.convoy.train.Checkpoint;
import dev.convoy.train.ModelWeights;
import dev.convoy.train.RunFiles;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.fetch.ServerAnswers;
import dev.convoy.weights.keras.KerasBytes;
import dev.convoy.weights.keras.KerasFile;
import dev.convoy.weights.torch.PickleBytes;
import dev.convoy.weights.torch.TorchBytes;
import dev.convoy.weights.torch.TorchFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import javax.imageio.ImageIO;

/** Every reader of files from strangers, with an honest file to begin from. */
enum Reader {
  SAFETENSORS {
    @Override
    void read(Path file) {
      Safetensors.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      Path file = folder.resolve("honest.safetensors");
      Safetensors.write(file, Map.of("w", Tensor.of(new float[] {1, 2}, 2)), Map.of("a", "b"));
      return List.of(Files.readAllBytes(file));
    }
  },
  TORCH_ZIP {
    @Override
    void read(Path file) {
      TorchFile.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) {
      return List.of(TorchBytes.zip(pickle(), Map.of("0", new byte[8])));
    }
  },
  TORCH_LEGACY {
    @Override
    void read(Path file) {
      TorchFile.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) {
      return List.of(TorchBytes.legacy(pickle(), Map.of("0", new byte[8]), 4));
    }
  },
  KERAS {
    @Override
    void read(Path file) {
      KerasFile.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      Map<String, Object> arrays = new LinkedHashMap<>();
      arrays.put("c/c/kernel:0", KerasBytes.array(0, 1, 1, 2, 2));
      arrays.put("c/c/bias:0", KerasBytes.array(0, 2));
      arrays.put(
          "model_config", "{\"class_name\": \"DepthwiseConv2D\", \"config\": {\"name\": \"c\"}}");
      return List.of(
          Files.readAllBytes(KerasBytes.write(folder.resolve("honest.h5"), arrays)),
          KerasBytes.weightsOfKeras3());
    }
  },
  ONNX {
    @Override
    void read(Path file) {
      OnnxModel model = OnnxModel.read(file).classifier();
      GraphBuilder builder = new GraphBuilder(false);
      model.apply(builder.input("pictures", new TensorType(DType.F32, Shape.of(2, 3, 12, 10))));
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      Layer network = new EveryOperator();
      Map<String, Tensor> weights = new LinkedHashMap<>();
      for (Parameter parameter : network.parameters()) {
        weights.put(
            parameter.path(), parameter.initializer().create(parameter.shape(), 1, weights.size()));
      }
      Path file = folder.resolve("honest.onnx");
      OnnxExport.write(file, network, Shape.of(3, 12, 10), weights, BatchNormForm.SEPARATE);
      return List.of(Files.readAllBytes(file), OnnxBytes.withDataBeside(folder, "outside.bin"));
    }
  },
  CHECKPOINT {
    @Override
    void read(Path file) {
      Checkpoint.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      return List.of(RunFiles.checkpoint(folder));
    }
  },
  SETTINGS {
    @Override
    void read(Path file) throws IOException {
      RunFiles.readSettings(file);
    }

    @Override
    List<byte[]> honest(Path folder) {
      return List.of(RunFiles.settings());
    }
  },
  HISTORY {
    @Override
    void read(Path file) {
      RunFiles.readHistory(file);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      return List.of(RunFiles.history(folder));
    }
  },
  MODEL_CARD {
    @Override
    void read(Path file) throws IOException {
      String card = Files.readString(file, StandardCharsets.ISO_8859_1);
      Path weights = file.resolveSibling("card.safetensors");
      Safetensors.write(weights, Map.of(), Map.of("convoy", card));
      ModelWeights.read(weights);
    }

    @Override
    List<byte[]> honest(Path folder) {
      return List.of(RunFiles.modelCard());
    }
  },
  CIFAR10 {
    @Override
    void read(Path file) throws IOException {
      Path folder = Files.createDirectories(file.resolveSibling("cifar10"));
      Files.copy(file, folder.resolve("data_batch_1.bin"), REPLACE_EXISTING);
      Files.write(folder.resolve("test_batch.bin"), new byte[CIFAR10_RECORD]);
      Datasets.open(folder.toString());
    }

    @Override
    List<byte[]> honest(Path folder) {
      return List.of(new byte[CIFAR10_RECORD]);
    }
  },
  IDX {
    @Override
    void read(Path file) throws IOException {
      Path folder = Files.createDirectories(file.resolveSibling("idx"));
      byte[] labels = idx(new int[] {0x801, 2}, 2);
      Files.copy(file, folder.resolve("train-images-idx3-ubyte"), REPLACE_EXISTING);
      Files.write(folder.resolve("train-labels-idx1-ubyte"), labels);
      Files.write(folder.resolve("t10k-images-idx3-ubyte"), digits());
      Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels);
      Datasets.open(folder.toString());
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      ByteArrayOutputStream compressed = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
        gzip.write(digits());
      }
      return List.of(digits(), compressed.toByteArray());
    }
  },
  PNG {
    @Override
    void read(Path file) {
      PictureFile.read(file, 3);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      return List.of(picture("png"));
    }
  },
  JPEG {
    @Override
    void read(Path file) {
      PictureFile.read(file, 3);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      return List.of(picture("jpeg"));
    }
  },
  CALIBRATION {
    @Override
    void read(Path file) {
      Calibration.read(file);
    }

    @Override
    List<byte[]> honest(Path folder) throws IOException {
      Path file = folder.resolve("honest-calibration.json");
      new Calibration("lenet5", "minmax", 2, Map.of("pictures", new ActivationRange(-1, 0.5)))
          .write(file);
      return List.of(Files.readAllBytes(file));
    }
  },
  /** Where a server says that a file is now. */
  REDIRECT {
    @Override
    void read(Path file) throws IOException {
      ServerAnswers.redirect(Files.readString(file, StandardCharsets.ISO_8859_1));
    }

    @Override
    List<byte[]> honest(Path folder) {
      return Stream.of("https://example.org/a/w.pth?x=1#y", "../b/w.pth", "//[::1]:80/", "file:/a")
          .map(location -> location.getBytes(StandardCharsets.ISO_8859_1))
          .toList();
    }
  };

  private static final int CIFAR10_RECORD = 1 + 3 * 32 * 32;

  abstract void read(Path file) throws IOException;

  /** Refusing is as good as reading; any other exception goes on. */
  final void readOrRefuse(Path file) throws IOException {
    try {
      read(file);
    } catch (ConvoyException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContainPattern("[\\n\\r]");
    }
  }

  /** Files to begin from, which are read or refused as they are. */
  abstract List<byte[]> honest(Path folder) throws IOException;

  private static byte[] pickle() {
    return PickleBytes.protocol2()
        .op('}')
        .string("w")
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1})
        .op('s')
        .end();
  }

  private static byte[] digits() {
    return idx(new int[] {0x803, 2, 28, 28}, 2 * 28 * 28);
  }

  private static byte[] idx(int[] header, int body) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * header.length + body);
    for (int word : header) {
      bytes.putInt(word);
    }
    return bytes.array();
  }

  private static byte[] picture(String format) throws IOException {
    BufferedImage image = new BufferedImage(5, 4, BufferedImage.TYPE_INT_RGB);
    image.setRGB(2, 1, 0x8040ff);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, format, bytes);
    return bytes.toByteArray();
  }
}
