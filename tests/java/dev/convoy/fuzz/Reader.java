package dev.convoy.fuzz;

import dev.convoy.data.Datasets;
import dev.convoy.data.PictureFile;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.keras.KerasBytes;
import dev.convoy.weights.keras.KerasFile;
import dev.convoy.weights.torch.PickleBytes;
import dev.convoy.weights.torch.TorchBytes;
import dev.convoy.weights.torch.TorchFile;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;

/** Every reader of files from strangers, with an honest file to begin from. */
enum Reader {
  SAFETENSORS {
    @Override
    void read(Path file) {
      Safetensors.read(file);
    }

    @Override
    byte[] honest(Path folder) throws IOException {
      Path file = folder.resolve("honest.safetensors");
      Safetensors.write(file, Map.of("w", Tensor.of(new float[] {1, 2}, 2)), Map.of("a", "b"));
      return Files.readAllBytes(file);
    }
  },
  TORCH_ZIP {
    @Override
    void read(Path file) {
      TorchFile.read(file);
    }

    @Override
    byte[] honest(Path folder) {
      return TorchBytes.zip(pickle(), Map.of("0", new byte[8]));
    }
  },
  TORCH_LEGACY {
    @Override
    void read(Path file) {
      TorchFile.read(file);
    }

    @Override
    byte[] honest(Path folder) {
      return TorchBytes.legacy(pickle(), Map.of("0", new byte[8]), 4);
    }
  },
  KERAS {
    @Override
    void read(Path file) {
      KerasFile.read(file);
    }

    @Override
    byte[] honest(Path folder) throws IOException {
      Map<String, Object> arrays = new LinkedHashMap<>();
      arrays.put("c/c/kernel:0", KerasBytes.array(0, 1, 1, 2, 2));
      arrays.put("c/c/bias:0", KerasBytes.array(0, 2));
      return Files.readAllBytes(KerasBytes.write(folder.resolve("honest.h5"), arrays));
    }
  },
  IDX {
    @Override
    void read(Path file) throws IOException {
      Path folder = Files.createDirectories(file.resolveSibling("idx"));
      byte[] labels = idx(new int[] {0x801, 2}, 2);
      Files.copy(
          file,
          folder.resolve("train-images-idx3-ubyte"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      Files.write(folder.resolve("train-labels-idx1-ubyte"), labels);
      Files.write(folder.resolve("t10k-images-idx3-ubyte"), honest(folder));
      Files.write(folder.resolve("t10k-labels-idx1-ubyte"), labels);
      Datasets.open(folder.toString());
    }

    @Override
    byte[] honest(Path folder) {
      return idx(new int[] {0x803, 2, 28, 28}, 2 * 28 * 28);
    }
  },
  PNG {
    @Override
    void read(Path file) {
      PictureFile.read(file, 3);
    }

    @Override
    byte[] honest(Path folder) throws IOException {
      return picture("png");
    }
  },
  JPEG {
    @Override
    void read(Path file) {
      PictureFile.read(file, 3);
    }

    @Override
    byte[] honest(Path folder) throws IOException {
      return picture("jpeg");
    }
  };

  abstract void read(Path file) throws IOException;

  abstract byte[] honest(Path folder) throws IOException;

  private static byte[] pickle() {
    return PickleBytes.protocol2()
        .op('}')
        .string("w")
        .tensor("FloatStorage", "0", 2, 0, new long[] {2}, new long[] {1})
        .op('s')
        .end();
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
