package dev.convoy.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A program's times summed: where they go by kind of operator, and how near the machine's limits.
 *
 * @param kinds most expensive first
 * @param memoryBound share of the time in operators with fewer than {@link #INTENSITY}
 *     multiply-adds a byte, 0 to 1
 * @param weightReorders milliseconds a step
 * @param activationReorders milliseconds a step
 */
record ProfileSummary(
    List<Kind> kinds, double memoryBound, double weightReorders, double activationReorders) {

  /**
   * Below it memory limits a CPU, above it arithmetic: some 400 GFLOP/s, two FLOP a multiply-add,
   * beside some 40 GB/s.
   */
  private static final double INTENSITY = 5;

  /**
   * All operators of one kind.
   *
   * @param share of the whole step, 0 to 1
   * @param gigaflops a second, two a multiply-add
   * @param gigabytes of inputs and outputs a second, wherever they lie
   */
  record Kind(
      String name,
      int count,
      double milliseconds,
      double share,
      double gigaflops,
      double gigabytes) {

    private static Kind of(String name, List<OperatorTime> times) {
      double milliseconds = times.stream().mapToDouble(OperatorTime::milliseconds).sum();
      double nanoseconds = Math.max(1, 1e6 * milliseconds);
      return new Kind(
          name,
          times.size(),
          milliseconds,
          times.stream().mapToDouble(OperatorTime::share).sum(),
          2 * times.stream().mapToLong(OperatorTime::macs).sum() / nanoseconds,
          times.stream().mapToLong(OperatorTime::bytes).sum() / nanoseconds);
    }

    private String line() {
      return String.format(
          Locale.ROOT,
          "%9.3f ms %5.1f %%  %4d %-28s %9.1f GFLOP/s %9.1f GB/s",
          milliseconds,
          100 * share,
          count,
          name,
          gigaflops,
          gigabytes);
    }

    private Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("operator", name);
      json.put("count", count);
      json.put("ms", milliseconds);
      json.put("share", share);
      json.put("gflops_per_second", gigaflops);
      json.put("gigabytes_per_second", gigabytes);
      return json;
    }
  }

  static ProfileSummary of(List<OperatorTime> times) {
    Map<String, List<OperatorTime>> byKind = new LinkedHashMap<>();
    for (OperatorTime time : times) {
      byKind.computeIfAbsent(time.node().op().name(), unused -> new ArrayList<>()).add(time);
    }
    List<Kind> kinds = new ArrayList<>();
    byKind.forEach((name, some) -> kinds.add(Kind.of(name, some)));
    kinds.sort(Comparator.comparingDouble(Kind::milliseconds).reversed());
    return new ProfileSummary(
        List.copyOf(kinds),
        times.stream()
            .filter(time -> time.macs() < INTENSITY * time.bytes())
            .mapToDouble(OperatorTime::share)
            .sum(),
        times.stream().mapToDouble(OperatorTime::weightReorders).sum(),
        times.stream().mapToDouble(OperatorTime::activationReorders).sum());
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add("by operator:");
    kinds.forEach(kind -> lines.add(kind.line()));
    lines.add(
        String.format(
            Locale.ROOT,
            "bound by memory (under %.0f multiply-adds a byte): %.1f %%;"
                + " reorders of weights %.3f ms, of activations %.3f ms",
            INTENSITY,
            100 * memoryBound,
            weightReorders,
            activationReorders));
    return lines;
  }

  void addTo(Map<String, Object> json) {
    json.put("by_operator", kinds.stream().map(Kind::toJson).toList());
    json.put("memory_bound_share", memoryBound);
    Map<String, Object> reorders = new LinkedHashMap<>();
    reorders.put("weights", weightReorders);
    reorders.put("activations", activationReorders);
    json.put("reorder_ms", reorders);
  }
}
