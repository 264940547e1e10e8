package dev.convoy.weights;

import static dev.convoy.weights.HeaderParser.found;
import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.TensorType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The three fields of one tensor's description, in any order. */
final class EntryFields {

  /** Types of the format that {@link DType} lacks. */
  private static final Set<String> OTHER_DTYPES =
      Set.of(
          "BOOL",
          "I8",
          "U16",
          "I16",
          "U32",
          "U64",
          "C64",
          "F4",
          "F6_E2M3",
          "F6_E3M2",
          "F8_E4M3",
          "F8_E4M3FNUZ",
          "F8_E5M2",
          "F8_E5M2FNUZ",
          "F8_E8M0");

  private static final String SUPPORTED =
      Arrays.stream(DType.values()).map(DType::name).collect(joining(", "));

  private final HeaderParser header;
  private @Nullable DType dtype;
  private @Nullable Shape shape;
  private long @Nullable [] offsets;

  EntryFields(HeaderParser header) {
    this.header = header;
  }

  void read(JsonParser json, String field) throws IOException {
    switch (field) {
      case "dtype" -> dtype = readDType(json);
      case "shape" -> shape = readShape(json);
      case "data_offsets" -> offsets = readOffsets(json);
      default ->
          throw header.refuse(
              "has a field "
                  + Format.quoted(field)
                  + "; only dtype, shape and data_offsets are allowed");
    }
  }

  TensorEntry entry(String name) {
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw header.refuse("has no " + missing + "; dtype, shape and data_offsets are all needed");
    }
    TensorType type = new TensorType(dtype, shape);
    long bytes = offsets[1] - offsets[0];
    if (bytes != type.bytes()) {
      throw header.refuse(
          "data_offsets [%d, %d] hold %d bytes, but %s has %d"
              .formatted(offsets[0], offsets[1], bytes, type, type.bytes()));
    }
    if (bytes > Integer.MAX_VALUE) {
      throw header.refuse("%s has %d bytes; the limit is 2147483647".formatted(type, bytes));
    }
    return new TensorEntry(name, type, offsets[0], offsets[1]);
  }

  private DType readDType(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw header.refuse("dtype is " + found(json) + "; it must be a string");
    }
    String name = json.getText();
    for (DType candidate : DType.values()) {
      if (candidate.name().equals(name)) {
        return candidate;
      }
    }
    String problem = OTHER_DTYPES.contains(name) ? "not supported" : "unknown";
    throw header.refuse(
        "dtype %s is %s; convert the tensor to one of %s"
            .formatted(found(json), problem, SUPPORTED));
  }

  private Shape readShape(JsonParser json) throws IOException {
    requireArray(json, "shape");
    int[] dims = new int[Format.MAX_RANK];
    int rank = 0;
    long count = 1;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (rank == Format.MAX_RANK) {
        throw header.refuse("shape has more than " + Format.MAX_RANK + " extents");
      }
      long extent = readInteger(json, "shape");
      if (extent == 0) {
        throw header.refuse("shape has an extent of 0; tensors without elements cannot be held");
      }
      if (extent > Integer.MAX_VALUE || (count *= extent) > Integer.MAX_VALUE) {
        throw header.refuse(
            "shape has an extent " + extent + "; a tensor holds at most 2147483647 elements");
      }
      dims[rank++] = (int) extent;
    }
    return Shape.of(Arrays.copyOf(dims, rank));
  }

  private long[] readOffsets(JsonParser json) throws IOException {
    requireArray(json, "data_offsets");
    long[] read = new long[2];
    for (int i = 0; i < 2; i++) {
      if (json.nextToken() == JsonToken.END_ARRAY) {
        throw header.refuse("data_offsets has " + i + " numbers; it must be [begin, end]");
      }
      read[i] = readInteger(json, "data_offsets");
    }
    if (json.nextToken() != JsonToken.END_ARRAY) {
      throw header.refuse("data_offsets has more than 2 numbers; it must be [begin, end]");
    }
    if (read[0] > read[1]) {
      throw header.refuse(
          "data_offsets [%d, %d] are reversed; begin must not exceed end"
              .formatted(read[0], read[1]));
    }
    return read;
  }

  private void requireArray(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw header.refuse("%s is %s; it must be an array".formatted(field, found(json)));
    }
  }

  private long readInteger(JsonParser json, String field) throws IOException {
    boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT;
    if (!whole
        || json.getText().startsWith("-")
        || json.getNumberType() == NumberType.BIG_INTEGER) {
      throw header.refuse(
          "%s contains %s; it must hold whole numbers from 0 to 2^63-1"
              .formatted(field, found(json)));
    }
    return json.getLongValue();
  }
}
