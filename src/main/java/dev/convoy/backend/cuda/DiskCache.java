package dev.convoy.backend.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Results of slow preparations by name, in a folder that the user alone can write. A cache that
 * cannot be read or written is no error: the result is made anew.
 */
record DiskCache(Optional<Path> folder) {

  private static final Path SELF = Path.of("/proc/self");

  /** {@code $XDG_CACHE_HOME/convoy/cuda}, or {@code ~/.cache/convoy/cuda}. */
  static DiskCache ofUser() {
    String base = System.getenv("XDG_CACHE_HOME");
    Path root =
        base == null || base.isEmpty()
            ? Path.of(System.getProperty("user.home", "/nonexistent"), ".cache")
            : Path.of(base);
    return new DiskCache(privateFolder(root.resolve("convoy").resolve("cuda")));
  }

  private static Optional<Path> privateFolder(Path folder) {
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      // By number: in a container the user may have no name.
      boolean own =
          Files.getAttribute(folder, "unix:uid").equals(Files.getAttribute(SELF, "unix:uid"))
              && !PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                  .matches("....w....|.......w.");
      return own ? Optional.of(folder) : Optional.empty();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  byte[] get(String name, Supplier<byte[]> make) {
    return find(name)
        .orElseGet(
            () -> {
              byte[] made = make.get();
              folder.ifPresent(f -> keep(f.resolve(name), made));
              return made;
            });
  }

  /** What was kept under a name. */
  Optional<byte[]> find(String name) {
    Optional<Path> file = folder.map(f -> f.resolve(name)).filter(Files::isRegularFile);
    try {
      return file.isPresent() ? Optional.of(Files.readAllBytes(file.get())) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Written beside and renamed, so that another process never reads half a file. */
  private static void keep(Path target, byte[] content) {
    try {
      Path partial = Files.createTempFile(target.getParent(), "new", ".tmp");
      try {
        Files.write(partial, content);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      // Only time is lost: the next process prepares it again.
      org.slf4j.LoggerFactory.getLogger(DiskCache.class)
          .debug("cannot keep {}: {}", target, e.toString());
    }
  }

  /** A name for what depends on a text. */
  static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
