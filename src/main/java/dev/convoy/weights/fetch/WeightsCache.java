package dev.convoy.weights.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.files.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.channels.FileLock;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * The folder of fetched files, which the user alone can write: {@code
 * $XDG_CACHE_HOME/convoy/weights}, by default in {@code ~/.cache}.
 *
 * <p>Processes that want the same file wait for each other.
 */
public final class WeightsCache {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final Duration patience;

  /**
   * @param patience how long a server may say nothing
   */
  WeightsCache(Path folder, Duration patience) {
    this.folder = folder;
    this.patience = patience;
  }

  /**
   * @throws ConvoyException if neither XDG_CACHE_HOME nor a home folder is known
   */
  public static WeightsCache standard() {
    String xdg = System.getenv("XDG_CACHE_HOME");
    String home = System.getProperty("user.home", "");
    if ((xdg == null || xdg.isBlank()) && home.isBlank()) {
      throw new ConvoyException("no folder for fetched weights: set XDG_CACHE_HOME to one");
    }
    Path cache = xdg == null || xdg.isBlank() ? Path.of(home, ".cache") : Path.of(xdg);
    return new WeightsCache(cache.resolve("convoy").resolve("weights"), PATIENCE);
  }

  /**
   * The file, fetched unless it is here already.
   *
   * @throws ConvoyException if it cannot be fetched or is not what was expected
   */
  public synchronized Path fetch(RemoteFile remote, Progress progress) {
    Path target = folder.resolve(key(remote) + "-" + remote.fileName());
    if (Files.isRegularFile(target)) {
      return target;
    }
    try {
      createFolder();
      Path lockFile = folder.resolve(key(remote) + ".lock");
      try (RandomAccessFile file = new RandomAccessFile(lockFile.toFile(), "rw");
          FileLock lock = file.getChannel().lock()) {
        if (lock.isValid() && !Files.isRegularFile(target)) {
          fetch(remote, target, progress);
        }
      }
      return target;
    } catch (IOException e) {
      throw new ConvoyException(
          "fetched weights cannot be kept in %s: %s"
              .formatted(folder, OneLine.of(String.valueOf(e.getMessage()))),
          e);
    }
  }

  private void fetch(RemoteFile remote, Path target, Progress progress) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + ".part");
    new Download(remote, partial, patience, progress).run();
    String hash = sha256(partial);
    if (!hash.startsWith(remote.sha256())) {
      Files.delete(partial);
      throw new ConvoyException(
          "address %s: sha256 is %s, expected is %s; the file was changed or damaged and is not kept"
              .formatted(OneLine.of(remote.address().toString()), hash, remote.sha256()));
    }
    Disk disk = Disk.local();
    disk.replace(partial, target);
    disk.forceFolder(folder);
  }

  private void createFolder() throws IOException {
    Files.createDirectories(folder);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }
  }

  /** Of the address and what is expected: another expectation is another file. */
  private static String key(RemoteFile remote) {
    byte[] text = (remote.address() + " " + remote.sha256()).getBytes(UTF_8);
    return HexFormat.of().formatHex(digest().digest(text)).substring(0, 16);
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        digest.update(buffer, 0, count);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
