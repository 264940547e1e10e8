package dev.convoy.onnx.format;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.convoy.ConvoyException;
import dev.convoy.files.AtomicFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model's file as a whole. */
public final class OnnxFile {

  /** Protobuf's own limit is 2 GiB; larger models keep their tensors in files beside. */
  static final long MOST_BYTES = Integer.MAX_VALUE - 16;

  private static final int CHUNK_BYTES = 1 << 18;

  private OnnxFile() {}

  /**
   * Reads a model with its tensors, those in files beside it too. Tensors share the memory of the
   * file.
   *
   * @throws ConvoyException if the file cannot be read, breaks the format, or asks for more memory
   *     than there is
   */
  public static ModelProto read(Path file) {
    // A pipe would block for ever, a folder has no length.
    if (!Files.isRegularFile(file)) {
      throw refuse(
          file, Files.exists(file) ? "is not a regular file" : "does not exist; check the path");
    }
    ProtobufReader reader = null;
    try {
      byte[] bytes = bytes(file);
      reader = new ProtobufReader(bytes);
      TensorReader tensors = new TensorReader(reader, new ExternalData(file, bytes.length));
      ModelProto model = new ModelReader(reader, tensors).model();
      GraphRules.check(model.graph());
      return model;
    } catch (MalformedOnnxException e) {
      throw refuse(file, String.valueOf(e.getMessage()));
    } catch (InvalidProtocolBufferException e) {
      int position = reader == null ? 0 : reader.position();
      throw refuse(
          file,
          "is no protobuf from byte %d on; it is damaged, incomplete or not an ONNX file (%s)"
              .formatted(position, Printable.of(String.valueOf(e.getMessage()))));
    } catch (EOFException e) {
      throw refuse(file, "became shorter while it was read; read it again once it is whole");
    } catch (IOException e) {
      throw refuse(file, "cannot be read: " + Printable.of(String.valueOf(e)));
    }
  }

  /**
   * Writes a model, its tensors inside; the previous file stays whole if that fails.
   *
   * @throws ConvoyException if it would have more than 2 GiB or the file cannot be written
   */
  public static void write(Path file, ModelProto model) {
    ProtobufMessage message = ModelWriter.message(model);
    if (message.size() > MOST_BYTES) {
      throw refuse(
          file,
          "would have %d bytes; protobuf ends at %d: write the weights as safetensors"
              .formatted(message.size(), MOST_BYTES));
    }
    AtomicFile.write(file, message::writeTo);
  }

  private static byte[] bytes(Path file) throws IOException {
    // Not a channel: an interrupt would close it.
    try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
      long size = input.length();
      if (size > MOST_BYTES) {
        throw new MalformedOnnxException(
            "has %d bytes; protobuf ends at %d: keep the tensors in a file beside it"
                .formatted(size, MOST_BYTES));
      }
      long heap = Runtime.getRuntime().maxMemory();
      if (size > heap) {
        throw new MalformedOnnxException(
            "has %d bytes, the Java heap %d; raise it with -Xmx".formatted(size, heap));
      }
      byte[] bytes = new byte[(int) size];
      for (int at = 0; at < bytes.length; at += CHUNK_BYTES) {
        input.readFully(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      }
      return bytes;
    }
  }

  private static ConvoyException refuse(Path file, String reason) {
    return new ConvoyException("ONNX file " + Printable.of(file.toString()) + ": " + reason);
  }
}
