package dev.convoy.weights;

import dev.convoy.ConvoyException;
import dev.convoy.files.Disk;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The content of a safetensors file (format of https://huggingface.co/docs/safetensors, header of
 * at most 100 MB).
 *
 * <p>Element types are those of {@link dev.convoy.tensor.DType}; every extent is at least 1.
 *
 * @param tensors by name, in the order of the file's header; the map cannot be changed
 * @param metadata the header's {@code __metadata__}, empty if it has none; the map cannot be
 *     changed
 */
public record Safetensors(Map<String, Tensor> tensors, Map<String, String> metadata) {

  public Safetensors {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /**
   * Reads a whole file, checking every claim of its header before memory is allocated for it.
   *
   * <p>The tensors are copies. A mapping of the file would start faster, but loaded tensors would
   * change, or the process die, when another process overwrites or truncates the file.
   *
   * @throws ConvoyException if the file cannot be read, breaks the format, or holds what tensors
   *     here cannot
   */
  public static Safetensors read(Path file) {
    return SafetensorsReader.read(file);
  }

  /**
   * Writes a file atomically: after a failure or a crash the previous file is still whole.
   *
   * <p>Tensors are ordered as the format's reference implementation orders them, largest element
   * type first, then by name, so that elements are aligned and equal content gives equal bytes,
   * whatever the order of the maps.
   *
   * @throws ConvoyException if a name or metadata entry could not be read back, or the file cannot
   *     be written
   */
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    write(file, tensors, metadata, Disk.local());
  }

  static void write(
      Path file, Map<String, Tensor> tensors, Map<String, String> metadata, Disk disk) {
    SafetensorsWriter.write(file, tensors, metadata, disk);
  }
}
