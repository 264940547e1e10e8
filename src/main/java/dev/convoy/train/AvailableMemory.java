package dev.convoy.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/** Memory that this process may still take: the least that the kernel and its cgroup leave. */
final class AvailableMemory {

  private static final Path CGROUP_2 = Path.of("/sys/fs/cgroup");
  private static final Path CGROUP_1 = Path.of("/sys/fs/cgroup/memory");

  private AvailableMemory() {}

  /** In bytes; empty if the system does not say. */
  static OptionalLong bytes() {
    long least = Long.MAX_VALUE;
    least = Math.min(least, memAvailable());
    least = Math.min(least, left(CGROUP_2, "memory.max", "memory.current"));
    least = Math.min(least, left(CGROUP_1, "memory.limit_in_bytes", "memory.usage_in_bytes"));
    return least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(Math.max(0, least));
  }

  private static long left(Path folder, String limitFile, String usageFile) {
    long limit = number(folder.resolve(limitFile));
    long usage = number(folder.resolve(usageFile));
    if (limit == Long.MAX_VALUE || usage == Long.MAX_VALUE) {
      return Long.MAX_VALUE;
    }
    // The page cache counts as used but is given back on demand.
    return limit - usage + statistic(folder.resolve("memory.stat"), "inactive_file");
  }

  private static long memAvailable() {
    long kibibytes = statistic(Path.of("/proc/meminfo"), "MemAvailable:");
    return kibibytes == 0 ? Long.MAX_VALUE : kibibytes * 1024;
  }

  private static long number(Path file) {
    try {
      return Long.parseLong(Files.readString(file).strip());
    } catch (IOException | NumberFormatException e) {
      return Long.MAX_VALUE; // "max", or no such cgroup
    }
  }

  private static long statistic(Path file, String name) {
    try {
      List<String> lines = Files.readAllLines(file);
      for (String line : lines) {
        if (line.startsWith(name)) {
          return Long.parseLong(line.substring(name.length()).replaceAll("\\D", ""));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
    return 0;
  }
}
