package dev.convoy.cli;

import dev.convoy.backend.Program;
import dev.convoy.graph.Node;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Time that one operator of a program takes.
 *
 * @param share of the whole step, 0 to 1
 */
record OperatorTime(String label, String output, double milliseconds, double share) {

  private static final int RUNS = 5;

  /** Mean over a few runs, most expensive first. */
  static List<OperatorTime> measure(Program program) {
    Map<Node, Long> nanos = new IdentityHashMap<>();
    for (int i = 0; i < RUNS; i++) {
      program.profile().forEach((node, time) -> nanos.merge(node, time, Long::sum));
    }
    double total = Math.max(1, nanos.values().stream().mapToLong(Long::longValue).sum());
    return nanos.entrySet().stream()
        .map(
            entry ->
                new OperatorTime(
                    entry.getKey().label(),
                    entry.getKey().output(0).toString(),
                    entry.getValue() / 1e6 / RUNS,
                    entry.getValue() / total))
        .sorted(Comparator.comparingDouble(OperatorTime::milliseconds).reversed())
        .toList();
  }

  String line() {
    return String.format(
        Locale.ROOT, "%9.3f ms %5.1f %%  %s %s", milliseconds, 100 * share, label, output);
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("operator", label);
    json.put("output", output);
    json.put("ms", milliseconds);
    json.put("share", share);
    return json;
  }
}
