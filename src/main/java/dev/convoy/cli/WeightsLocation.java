package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.NearestName;
import dev.convoy.weights.fetch.RemoteFile;
import dev.convoy.weights.fetch.WeightsCache;
import dev.convoy.weights.fetch.WeightsIndex;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** What {@code --weights} names. */
final class WeightsLocation {

  private static final String IN_RUN = "weights.safetensors";

  private WeightsLocation() {}

  /**
   * @param asked a file, the folder of a run, an address, or a name of the index; what is on disk
   *     goes before a name
   */
  static Path of(String asked) {
    if (asked.startsWith("https://") || asked.startsWith("http://")) {
      return fetch(RemoteFile.of(asked));
    }
    Path path = path(asked);
    if (Files.isDirectory(path)) {
      return path.resolve(IN_RUN);
    }
    if (Files.exists(path)) {
      return path;
    }
    WeightsIndex index = WeightsIndex.packaged();
    Optional<WeightsIndex.Entry> entry = index.named(asked);
    if (entry.isPresent()) {
      return fetch(entry.get().file());
    }
    String hint =
        NearestName.of(asked, index.entries().stream().map(WeightsIndex.Entry::name).toList())
            .map(near -> "; did you mean " + near + "?")
            .orElse("");
    throw new ConvoyException(
        "weights %s: no such file, and no name that convoy weights list shows%s"
            .formatted(asked, hint));
  }

  private static Path fetch(RemoteFile file) {
    DownloadDisplay display = new DownloadDisplay(System.err, System.getProperty("convoy.columns"));
    try {
      return WeightsCache.standard().fetch(file, display::received);
    } finally {
      display.close();
    }
  }

  private static Path path(String asked) {
    try {
      return Path.of(asked);
    } catch (InvalidPathException e) {
      throw new ConvoyException("weights " + asked + ": is no path (" + e.getReason() + ")", e);
    }
  }
}
