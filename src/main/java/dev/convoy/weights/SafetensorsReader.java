package dev.convoy.weights;

import static dev.convoy.weights.Format.LENGTH_BYTES;
import static dev.convoy.weights.Format.MAX_HEADER_BYTES;

import dev.convoy.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads a file in order of trust: its size, the header's length, the header, the places of the
 * tensors, and only then their elements.
 */
final class SafetensorsReader {

  private static final int CHUNK_BYTES = 1 << 18;

  private final Path file;

  private SafetensorsReader(Path file) {
    this.file = file;
  }

  static Safetensors read(Path file) {
    // A pipe would block for ever, a folder has no length.
    if (!Files.isRegularFile(file)) {
      throw Format.refuse(
          file, Files.exists(file) ? "is not a regular file" : "does not exist; check the path");
    }
    // Not a channel: an interrupt would close it.
    try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
      return new SafetensorsReader(file).read(input);
    } catch (EOFException e) {
      throw Format.refuse(file, "became shorter while it was read; read it again once it is whole");
    } catch (IOException e) {
      throw Format.refuse(file, "cannot be read: " + Format.printable(String.valueOf(e)));
    }
  }

  private Safetensors read(RandomAccessFile input) throws IOException {
    long fileBytes = input.length();
    int headerBytes = readHeaderLength(input, fileBytes);
    byte[] json = new byte[headerBytes];
    input.readFully(json);
    Header header = new HeaderParser(file).parse(json);
    long dataBytes = fileBytes - LENGTH_BYTES - headerBytes;
    DataLayout.check(file, header.entries(), dataBytes);
    requireHeap(dataBytes);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorEntry entry : header.entries()) {
      input.seek(LENGTH_BYTES + headerBytes + entry.begin());
      tensors.put(entry.name(), readTensor(input, entry));
    }
    return new Safetensors(tensors, header.metadata());
  }

  private int readHeaderLength(RandomAccessFile input, long fileBytes) throws IOException {
    if (fileBytes < LENGTH_BYTES) {
      throw Format.refuse(
          file, "has " + fileBytes + " bytes; at least the 8 of the header's length are needed");
    }
    long length = Long.reverseBytes(input.readLong());
    String claim = "header length " + Long.toUnsignedString(length);
    if (length == 0) {
      throw Format.refuse(file, claim + ": the header cannot be empty");
    }
    if (length < 0 || length > MAX_HEADER_BYTES) {
      throw Format.refuse(file, claim + ": the limit is " + MAX_HEADER_BYTES + " bytes");
    }
    if (length > fileBytes - LENGTH_BYTES) {
      throw Format.refuse(
          file,
          claim
              + ": only "
              + (fileBytes - LENGTH_BYTES)
              + " bytes follow; the file is damaged or incomplete");
    }
    return (int) length;
  }

  private void requireHeap(long dataBytes) {
    long heap = Runtime.getRuntime().maxMemory();
    if (dataBytes > heap) {
      throw Format.refuse(
          file,
          "holds %d bytes of tensors, more than the %d of the Java heap; raise it with -Xmx"
              .formatted(dataBytes, heap));
    }
  }

  private static Tensor readTensor(RandomAccessFile input, TensorEntry entry) throws IOException {
    Tensor tensor = Tensor.zeros(entry.type());
    ByteBuffer bytes = tensor.bytes();
    // The file interface of the JDK copies by way of a native buffer as large as the request.
    byte[] chunk = new byte[Math.min(bytes.remaining(), CHUNK_BYTES)];
    while (bytes.hasRemaining()) {
      int count = Math.min(bytes.remaining(), chunk.length);
      input.readFully(chunk, 0, count);
      bytes.put(chunk, 0, count);
    }
    return tensor;
  }
}
