package dev.convoy.weights.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoy.files.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Published weights that can be asked for by name.
 *
 * @param entries in the order of the file
 */
public record WeightsIndex(List<Entry> entries) {

  private static final String RESOURCE = "index.json";

  /**
   * @param name for the command line
   * @param model in the zoo
   * @param licence of the weights, as their publisher states it
   */
  public record Entry(String name, String model, String licence, RemoteFile file) {}

  public WeightsIndex {
    entries = List.copyOf(entries);
  }

  /** The one inside the jar. */
  public static WeightsIndex packaged() {
    try (InputStream in = WeightsIndex.class.getResourceAsStream(RESOURCE)) {
      return parse(new String(Objects.requireNonNull(in, RESOURCE).readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException(RESOURCE, e);
    }
  }

  static WeightsIndex parse(String json) throws IOException {
    List<Entry> entries = new ArrayList<>();
    if (!(Json.readObject(json).get("weights") instanceof List<?> list)) {
      throw new IOException("no list of weights");
    }
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> fields) || !(fields.get("bytes") instanceof Long bytes)) {
        throw new IOException("an entry without its size in bytes");
      }
      entries.add(
          new Entry(
              text(fields, "name"),
              text(fields, "model"),
              text(fields, "licence"),
              new RemoteFile(URI.create(text(fields, "url")), text(fields, "sha256"), bytes)));
    }
    return new WeightsIndex(entries);
  }

  private static String text(Map<?, ?> fields, String name) throws IOException {
    if (fields.get(name) instanceof String text) {
      return text;
    }
    throw new IOException("an entry without its " + name);
  }

  public Optional<Entry> named(String name) {
    return entries.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }
}
