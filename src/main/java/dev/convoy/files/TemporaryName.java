package dev.convoy.files;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files that are being written: {@code .weights.safetensors.4711-3.tmp}, with the process
 * and a counter.
 *
 * <p>A killed process leaves its file behind. The next write to the same target recognises it by
 * the process that no longer runs and removes it, so that repeated kills do not fill the disk.
 */
final class TemporaryName {

  private static final Pattern OWNER = Pattern.compile("(\\d{1,18})-\\d{1,19}\\.tmp");
  private static final AtomicLong COUNTER = new AtomicLong();
  private static final Set<Path> IN_USE = ConcurrentHashMap.newKeySet();

  private TemporaryName() {}

  static Path claim(Path target) {
    String name =
        prefix(target) + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet() + ".tmp";
    Path temporary = target.resolveSibling(name);
    IN_USE.add(temporary);
    return temporary;
  }

  static void release(Path temporary) {
    IN_USE.remove(temporary);
  }

  /**
   * Removes what writes to the same target left behind when their process died. A file that cannot
   * be removed, for example another user's, is left: it is no reason not to save.
   */
  static void sweep(Path target, Path folder, Disk disk) {
    DirectoryStream.Filter<Path> abandoned = file -> isAbandoned(file, prefix(target));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, abandoned)) {
      for (Path file : files) {
        disk.deleteIfExists(file);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // See above.
    }
  }

  private static boolean isAbandoned(Path file, String prefix) {
    String name = file.getFileName().toString();
    if (!name.startsWith(prefix)) {
      return false;
    }
    Matcher owner = OWNER.matcher(name.substring(prefix.length()));
    if (!owner.matches()) {
      return false;
    }
    long pid = Long.parseLong(owner.group(1));
    // A container's processes have the same number after each restart: ours may be a dead one's.
    return pid == ProcessHandle.current().pid()
        ? !IN_USE.contains(file)
        : ProcessHandle.of(pid).isEmpty();
  }

  private static String prefix(Path target) {
    return "." + target.getFileName() + ".";
  }
}
