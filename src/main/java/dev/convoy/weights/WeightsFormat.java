package dev.convoy.weights;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The formats that can be read, told apart by their first bytes, whatever the file is called. */
public enum WeightsFormat {
  SAFETENSORS("safetensors"),
  PYTORCH("PyTorch"),
  KERAS("Keras HDF5");

  private static final int HEAD_BYTES = 64;
  private static final byte[] HDF5 = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final int PICKLE = 0x80;

  private final String title;

  WeightsFormat(String title) {
    this.title = title;
  }

  /** For people. */
  public String title() {
    return title;
  }

  /**
   * @throws ConvoyException if the file cannot be read or is of no known format
   */
  public static WeightsFormat of(Path file) {
    if (!Files.isRegularFile(file)) {
      throw refuse(
          file, Files.exists(file) ? "is not a regular file" : "does not exist; check the path");
    }
    byte[] head;
    try (InputStream in = new FileInputStream(file.toFile())) {
      head = in.readNBytes(HEAD_BYTES);
    } catch (IOException e) {
      throw refuse(file, "cannot be read: " + OneLine.of(String.valueOf(e.getMessage())));
    }
    if (startsWith(head, HDF5)) {
      return KERAS;
    }
    if (startsWith(head, ZIP) || head.length > 1 && (head[0] & 0xff) == PICKLE) {
      return PYTORCH;
    }
    // Eight bytes of length, of which no honest file uses the upper four, then JSON.
    boolean header = head.length > 8 && head[8] == '{' && head[7] == 0 && head[6] == 0;
    if (header || file.toString().endsWith(".safetensors")) {
      return SAFETENSORS;
    }
    throw refuse(
        file, describe(head) + "; known are safetensors, PyTorch (.pth, .pt) and Keras .h5");
  }

  private static boolean startsWith(byte[] head, byte[] signature) {
    return head.length >= signature.length
        && Arrays.equals(Arrays.copyOf(head, signature.length), signature);
  }

  /** What people often have in hand instead. */
  private static String describe(byte[] head) {
    String text = new String(head, ISO_8859_1).strip();
    if (head.length == 0) {
      return "is empty";
    } else if (text.startsWith("version https://git-lfs")) {
      return "is only a Git LFS pointer; fetch the content with git lfs pull";
    } else if (text.startsWith("<")) {
      return "is a web page, not weights; fetch the file itself";
    } else if (head.length > 1 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b) {
      return "is compressed; unpack it with gunzip";
    }
    return "is of no known format";
  }

  private static ConvoyException refuse(Path file, String reason) {
    return new ConvoyException("weights " + OneLine.of(file.toString()) + ": " + reason);
  }
}
