package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.files.AtomicFile;
import dev.convoy.files.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The folder that a run is kept in; every file in it is replaced whole or not at all. */
public final class RunFolder {

  private final Path folder;

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes the folder, or takes an empty or foreign one, and proves that files can be written.
   *
   * @throws ConvoyException if it cannot be written, or holds a run already
   */
  public static RunFolder create(Path folder) {
    RunFolder run = new RunFolder(folder);
    if (Files.exists(run.checkpoint())) {
      throw new ConvoyException(
          "output folder %s holds a run already; continue it with --resume %s or name another"
              .formatted(folder, folder));
    }
    run.requireWritable();
    return run;
  }

  /** {@code runs/<model>}, or {@code runs/<model>-2}, … if that holds a run. */
  public static Path freeName(Path runs, String model) {
    Path candidate = runs.resolve(model);
    for (int i = 2; Files.exists(candidate); i++) {
      candidate = runs.resolve(model + "-" + i);
    }
    return candidate;
  }

  /**
   * @throws ConvoyException if there is no run in it or it cannot be written
   */
  public static RunFolder resume(Path folder) {
    RunFolder run = new RunFolder(folder);
    if (!Files.isRegularFile(run.checkpoint())) {
      throw new ConvoyException(
          "cannot resume %s: no checkpoint.safetensors in it; name the folder of a run"
              .formatted(folder));
    }
    run.requireWritable();
    return run;
  }

  /** Takes back what was made for a run that ended before it saved anything. */
  public void discardUnlessSaved() {
    if (Files.exists(checkpoint()) || Files.exists(weights())) {
      return;
    }
    try {
      Files.deleteIfExists(settings());
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // Other files are in it, or it is out of reach now: then it stays.
    }
  }

  private void requireWritable() {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".writable", ".tmp"));
    } catch (AccessDeniedException e) {
      throw unusable("permission denied", e);
    } catch (FileAlreadyExistsException e) {
      throw unusable("it is a file", e);
    } catch (NoSuchFileException e) {
      throw unusable("its parent folder does not take new folders", e);
    } catch (FileSystemException e) {
      throw unusable(e.getReason() == null ? e.getClass().getSimpleName() : e.getReason(), e);
    } catch (IOException e) {
      throw unusable(String.valueOf(e.getMessage()), e);
    }
  }

  private ConvoyException unusable(String reason, IOException cause) {
    return new ConvoyException(
        "output folder %s cannot be written: %s; choose another with --output-dir"
            .formatted(folder, reason),
        cause);
  }

  public Path path() {
    return folder;
  }

  public Path weights() {
    return folder.resolve("weights.safetensors");
  }

  /** The averaged weights of a run with {@code --model-ema}. */
  public Path averagedWeights() {
    return folder.resolve("weights-ema.safetensors");
  }

  /** The weights of the best epoch of a run with {@code --patience}. */
  public Path bestWeights() {
    return folder.resolve("weights-best.safetensors");
  }

  public Path checkpoint() {
    return folder.resolve("checkpoint.safetensors");
  }

  public Path history() {
    return folder.resolve("history.json");
  }

  public Path settings() {
    return folder.resolve("settings.json");
  }

  public void writeSettings(TrainingSettings settings) {
    String text = Json.write(settings.toJson());
    AtomicFile.write(settings(), text.getBytes(StandardCharsets.UTF_8));
  }

  /** Settings by flag, to be overridden by those given anew. */
  public Map<String, @Nullable Object> readSettings() {
    try {
      return new LinkedHashMap<>(Json.readObject(Files.readString(settings())));
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new ConvoyException("cannot resume: " + settings() + " is unreadable: " + why, e);
    }
  }
}
