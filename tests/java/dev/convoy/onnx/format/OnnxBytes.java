package dev.convoy.onnx.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** ONNX files, for tests in other packages. */
public final class OnnxBytes {

  private OnnxBytes() {}

  /** A model whose only weight, of 36 bytes, is in a file beside it, which is written. */
  public static byte[] withDataBeside(Path folder, String data) throws IOException {
    Files.write(folder.resolve(data), new byte[40]);
    return MalformedOnnxTest.bytes(
        MalformedOnnxTest.external(Map.of("location", data, "offset", "4", "length", "36")));
  }
}
