package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** What this machine offers, and what is missing. */
@Command(name = "doctor", description = "Shows backends, versions and what is missing.")
final class DoctorCommand extends Subcommand {

  @Override
  void run() {
    List<Map<String, Object>> backends = new ArrayList<>();
    for (Backend backend : Backends.all()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("name", backend.name());
      String missing = backend.unavailable().orElse(null);
      entry.put("usable", missing == null);
      entry.put("detail", missing == null ? backend.description() : missing);
      entry.put("parts", backend.parts());
      backends.add(entry);
    }
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("convoy", Version.text());
    report.put("java", javaVersion());
    report.put("system", systemName());
    report.put("cores", Runtime.getRuntime().availableProcessors());
    report.put("heap_bytes", Runtime.getRuntime().maxMemory());
    report.put("threads", System.getenv().getOrDefault("OMP_NUM_THREADS", "one a core"));
    report.put("native_libraries", nativeLibraries());
    report.put("backends", backends);
    report.put("auto", Backends.choose("auto").reason());
    if (json()) {
      printJson(report);
    } else {
      show(report, backends);
    }
  }

  private void show(Map<String, Object> report, List<Map<String, Object>> backends) {
    report.forEach(
        (name, value) -> {
          if (value instanceof List<?>) {
            backends.forEach(this::showBackend);
          } else {
            print(
                "%-17s %s"
                    .formatted(
                        name.replace("_bytes", "").replace('_', ' '), readable(name, value)));
          }
        });
  }

  private void showBackend(Map<String, Object> backend) {
    String state = Boolean.TRUE.equals(backend.get("usable")) ? "ok     " : "missing";
    print("%-17s %s %s".formatted(backend.get("name"), state, backend.get("detail")));
    if (backend.get("parts") instanceof Map<?, ?> parts) {
      parts.forEach((part, detail) -> print("  %-15s %s".formatted(part, detail)));
    }
  }

  private static Object readable(String name, Object value) {
    return name.endsWith("_bytes") && value instanceof Long bytes ? Units.bytes(bytes) : value;
  }

  private static String javaVersion() {
    return System.getProperty("java.version")
        + " ("
        + System.getProperty("java.vendor")
        + ", "
        + System.getProperty("java.home")
        + ")";
  }

  private static String systemName() {
    return System.getProperty("os.name")
        + " "
        + System.getProperty("os.version")
        + " "
        + System.getProperty("os.arch");
  }

  private static String nativeLibraries() {
    return System.getProperty(
        "org.bytedeco.javacpp.cachedir", System.getProperty("user.home") + "/.javacpp/cache");
  }
}
