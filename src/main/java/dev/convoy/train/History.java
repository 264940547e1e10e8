package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.files.AtomicFile;
import dev.convoy.files.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What each finished epoch brought. */
public record History(List<EpochRecord> epochs) {

  public static final History EMPTY = new History(List.of());

  public History {
    epochs = List.copyOf(epochs);
  }

  History plus(EpochRecord epoch) {
    List<EpochRecord> longer = new ArrayList<>(epochs);
    longer.add(epoch);
    return new History(longer);
  }

  /** The first epochs: those that a checkpoint knows of. */
  History first(int count) {
    return new History(epochs.subList(0, Math.min(count, epochs.size())));
  }

  public List<Map<String, Object>> toJson() {
    return epochs.stream().map(EpochRecord::toJson).toList();
  }

  void write(Path file) {
    String text = Json.write(Map.of("epochs", toJson()));
    AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Empty if there is no such file. */
  static History read(Path file) {
    if (!Files.exists(file)) {
      return EMPTY;
    }
    try {
      Object epochs = Json.readObject(Files.readString(file)).get("epochs");
      List<EpochRecord> records = new ArrayList<>();
      for (Object epoch : epochs instanceof List<?> list ? list : List.of()) {
        if (epoch instanceof Map<?, ?> json) {
          records.add(EpochRecord.ofJson(json));
        }
      }
      return new History(records);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new ConvoyException(
          file + ": cannot be read as a history (" + why + "); delete it to resume without", e);
    }
  }
}
