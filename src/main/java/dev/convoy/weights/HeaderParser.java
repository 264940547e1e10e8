package dev.convoy.weights;

import static dev.convoy.weights.Format.quoted;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.convoy.ConvoyException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a header's JSON token by token: no tree, no recursion, every limit checked on the way. */
final class HeaderParser {

  private static final int MAX_NESTING = 8;
  private static final int MAX_NUMBER_CHARACTERS = 40;

  private static final JsonFactory JSON =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          // Names come from strangers: keep them out of the process-wide tables.
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_NESTING)
                  .maxNumberLength(MAX_NUMBER_CHARACTERS)
                  .build())
          .build();

  private final Path file;
  private final List<TensorEntry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /** What is being read, for messages. */
  private String place = "header";

  HeaderParser(Path file) {
    this.file = file;
  }

  Header parse(byte[] header) {
    if (header[0] != '{') {
      throw refuse("begins with byte 0x%02x; it must be a JSON object".formatted(header[0] & 0xff));
    }
    // Decoding first keeps Jackson from guessing other encodings than the format's.
    var strictUtf8 =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    try (var text = new InputStreamReader(new ByteArrayInputStream(header), strictUtf8);
        JsonParser json = JSON.createParser(text)) {
      readHeader(json);
    } catch (CharacterCodingException e) {
      throw refuse("is not valid UTF-8");
    } catch (JsonProcessingException e) {
      throw refuse("is not valid JSON: " + Format.printable(e.getOriginalMessage()));
    } catch (IOException e) {
      throw refuse("cannot be read: " + Format.printable(String.valueOf(e)));
    }
    return new Header(entries, metadata);
  }

  private void readHeader(JsonParser json) throws IOException {
    json.nextToken();
    String name;
    while ((name = json.nextFieldName()) != null) {
      if (name.equals(Format.METADATA)) {
        readMetadata(json);
      } else {
        readEntry(json, name);
      }
      place = "header";
    }
    if (json.nextToken() != null) {
      throw refuse("has more JSON after its object; only spaces may follow");
    }
  }

  private void readMetadata(JsonParser json) throws IOException {
    place = Format.METADATA;
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("is " + found(json) + "; it must be an object of strings");
    }
    String key;
    while ((key = json.nextFieldName()) != null) {
      if (metadata.size() == Format.MAX_METADATA_ENTRIES) {
        throw refuse("has more than " + Format.MAX_METADATA_ENTRIES + " entries");
      }
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw refuse("entry " + quoted(key) + " is " + found(json) + "; it must be a string");
      }
      Format.requireMetadata(file, key, json.getText());
      metadata.put(key, json.getText());
    }
  }

  private void readEntry(JsonParser json, String name) throws IOException {
    if (entries.size() == Format.MAX_TENSORS) {
      throw refuse("describes more than " + Format.MAX_TENSORS + " tensors");
    }
    Format.requireTensorName(file, name);
    place = "tensor " + quoted(name);
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("is " + found(json) + "; it must be an object");
    }
    EntryFields fields = new EntryFields(this);
    String field;
    while ((field = json.nextFieldName()) != null) {
      json.nextToken();
      fields.read(json, field);
    }
    entries.add(fields.entry(name));
  }

  ConvoyException refuse(String reason) {
    return Format.refuse(file, place + ": " + reason);
  }

  /** The current token for a message. */
  static String found(JsonParser json) throws IOException {
    return switch (json.currentToken()) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> quoted(json.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Format.printable(json.getText());
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> json.getText();
      default -> "missing";
    };
  }
}
