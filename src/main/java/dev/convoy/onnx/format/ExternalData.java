package dev.convoy.onnx.format;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tensors in files beside the model. The model's author chooses the names of these files, so only
 * plain files inside the model's folder are opened: no absolute path, no {@code ..}, no symbolic
 * link on the way, no file that has a second name (a hard link to somebody's secret).
 */
final class ExternalData {

  private static final int CHUNK_BYTES = 1 << 18;

  private final Path folder;
  private long total;

  /**
   * @param model the model's file
   * @param bytes what the model itself takes of the heap
   */
  ExternalData(Path model, long bytes) {
    Path parent = model.toAbsolutePath().getParent();
    folder = parent == null ? model.toAbsolutePath() : parent;
    total = bytes;
  }

  ByteBuffer read(String tensor, Map<String, String> entries, long bytes) throws IOException {
    String location = entries.getOrDefault("location", "");
    Path file = locate(tensor, location);
    long size = Files.size(file);
    long offset = number(tensor, "offset", entries.get("offset"), 0);
    long length = number(tensor, "length", entries.get("length"), bytes);
    if (length != bytes) {
      throw refuse(tensor, location, "its length is %d, its shape needs %d bytes", length, bytes);
    }
    if (offset > size || length > size - offset) {
      throw refuse(
          tensor,
          location,
          "bytes %d to %d are beyond the file's %d",
          offset,
          offset + length,
          size);
    }
    total += bytes;
    long heap = Runtime.getRuntime().maxMemory();
    if (total > heap) {
      throw new MalformedOnnxException(
          "holds %d bytes of tensors or more, the Java heap %d; raise it with -Xmx"
              .formatted(total, heap));
    }
    byte[] data = new byte[(int) bytes];
    try (RandomAccessFile input = new RandomAccessFile(file.toFile(), "r")) {
      input.seek(offset);
      for (int at = 0; at < data.length; at += CHUNK_BYTES) {
        input.readFully(data, at, Math.min(CHUNK_BYTES, data.length - at));
      }
    }
    return ByteBuffer.wrap(data);
  }

  private Path locate(String tensor, String location) throws IOException {
    Path relative;
    try {
      relative = Path.of(location);
    } catch (InvalidPathException e) {
      throw refuse(tensor, location, "this is no path");
    }
    if (location.isEmpty() || relative.isAbsolute() || location.startsWith("\\")) {
      throw refuse(tensor, location, "it must be a path relative to the model's folder");
    }
    Path file = folder;
    for (Path part : relative) {
      if (part.toString().equals("..")) {
        throw refuse(tensor, location, "it leads out of the model's folder");
      }
      file = file.resolve(part);
      if (Files.isSymbolicLink(file)) {
        throw refuse(tensor, location, "a symbolic link may lead out of the model's folder");
      }
    }
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw refuse(
          tensor, location, "there is no such file in %s", Printable.of(folder.toString()));
    }
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("unix")
        && Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS) instanceof Number links
        && links.longValue() > 1) {
      throw refuse(tensor, location, "the file is a hard link (%s names); copy it instead", links);
    }
    return file;
  }

  private static long number(String tensor, String what, @Nullable String text, long otherwise)
      throws IOException {
    if (text == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(text.strip());
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative number is.
    }
    throw new MalformedOnnxException(
        "tensor \"%s\": %s \"%s\" of its external data must be a whole number of at least 0"
            .formatted(Printable.of(tensor), what, Printable.of(text)));
  }

  private static MalformedOnnxException refuse(
      String tensor, String location, String reason, Object... arguments) {
    return new MalformedOnnxException(
        "tensor \"%s\": external data \"%s\": "
                .formatted(Printable.of(tensor), Printable.of(location))
            + reason.formatted(arguments));
  }
}
