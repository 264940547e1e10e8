package dev.convoy.weights;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.convoy.files.AtomicFile;
import dev.convoy.files.Disk;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes the same bytes as the format's reference implementation. */
final class SafetensorsWriter {

  /** The reference's order of types; it gives every tensor an aligned place. */
  private static final List<DType> DTYPE_ORDER =
      List.of(
          DType.I64, DType.F64, DType.F32, DType.I32, DType.BF16, DType.F16, DType.I8, DType.U8);

  private static final Comparator<Map.Entry<String, Tensor>> FILE_ORDER =
      Comparator.<Map.Entry<String, Tensor>>comparingInt(
              entry -> DTYPE_ORDER.indexOf(entry.getValue().dtype()))
          .thenComparing(entry -> entry.getKey().getBytes(UTF_8), Arrays::compareUnsigned);

  /** Characters beyond the basic plane as four bytes, where Jackson's default writes escapes. */
  private static final JsonFactory JSON =
      new JsonFactoryBuilder().enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8).build();

  private SafetensorsWriter() {}

  static void write(
      Path file, Map<String, Tensor> tensors, Map<String, String> metadata, Disk disk) {
    check(file, tensors, metadata);
    List<Map.Entry<String, Tensor>> ordered =
        tensors.entrySet().stream().sorted(FILE_ORDER).toList();
    ByteBuffer header = header(file, ordered, new TreeMap<>(metadata));
    AtomicFile.write(
        file,
        channel -> {
          channel.write(header);
          for (Map.Entry<String, Tensor> entry : ordered) {
            channel.write(entry.getValue().bytes());
          }
        },
        disk);
  }

  private static void check(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    if (tensors.size() > Format.MAX_TENSORS) {
      throw Format.refuse(
          file, tensors.size() + " tensors: the limit is " + Format.MAX_TENSORS + " a file");
    }
    if (metadata.size() > Format.MAX_METADATA_ENTRIES) {
      throw Format.refuse(
          file,
          "%d entries in %s: the limit is %d"
              .formatted(metadata.size(), Format.METADATA, Format.MAX_METADATA_ENTRIES));
    }
    tensors.forEach(
        (name, tensor) -> {
          Format.requireTensorName(file, name);
          Format.requireRank(file, name, tensor.shape().rank());
        });
    metadata.forEach((key, value) -> Format.requireMetadata(file, key, value));
  }

  /** Length, JSON, and spaces up to a multiple of 8 bytes. */
  private static ByteBuffer header(
      Path file, List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata) {
    byte[] json = json(ordered, metadata);
    int padded = (json.length + 7) / 8 * 8;
    if (padded > Format.MAX_HEADER_BYTES) {
      throw Format.refuse(
          file,
          "the header would have %d bytes: the limit is %d; shorten names or metadata"
              .formatted(padded, Format.MAX_HEADER_BYTES));
    }
    byte[] spaces = new byte[padded - json.length];
    Arrays.fill(spaces, (byte) ' ');
    return ByteBuffer.allocate(Format.LENGTH_BYTES + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(padded)
        .put(json)
        .put(spaces)
        .flip();
  }

  private static byte[] json(
      List<Map.Entry<String, Tensor>> ordered, Map<String, String> metadata) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(Format.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (Map.Entry<String, Tensor> entry : ordered) {
        begin = writeEntry(json, entry.getKey(), entry.getValue(), begin);
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a byte array takes everything
    }
    return bytes.toByteArray();
  }

  private static long writeEntry(JsonGenerator json, String name, Tensor tensor, long begin)
      throws IOException {
    long end = begin + tensor.type().bytes();
    int[] dims = tensor.shape().dims();
    json.writeObjectFieldStart(name);
    json.writeStringField("dtype", tensor.dtype().name());
    json.writeFieldName("shape");
    json.writeArray(dims, 0, dims.length);
    json.writeFieldName("data_offsets");
    json.writeArray(new long[] {begin, end}, 0, 2);
    json.writeEndObject();
    return end;
  }
}
