package dev.convoy.cli;

import dev.convoy.backend.Kernel;
import dev.convoy.backend.Program;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Time that one operator of a program takes.
 *
 * @param milliseconds reorders included
 * @param share of the whole step, 0 to 1
 * @param weightReorders milliseconds in which parameters and their gradients change their order
 * @param activationReorders the same of activations and their gradients
 */
record OperatorTime(
    Node node,
    double milliseconds,
    double share,
    double weightReorders,
    double activationReorders) {

  private static final int RUNS = 5;

  /** Nanoseconds of a node by what they are spent on. */
  private static final class Tally {

    private final long[] nanoseconds = new long[Kernel.Role.values().length];

    void add(Program.StepTime time) {
      nanoseconds[time.step().kernel().role().ordinal()] += time.nanoseconds();
    }

    long total() {
      long sum = 0;
      for (long part : nanoseconds) {
        sum += part;
      }
      return sum;
    }

    /** An operator that is nothing but a reorder, as a transposition, is what it is. */
    double milliseconds(Kernel.Role role) {
      boolean alone = nanoseconds[Kernel.Role.OPERATOR.ordinal()] == 0;
      return alone ? 0 : nanoseconds[role.ordinal()] / 1e6 / RUNS;
    }
  }

  /** Mean over a few runs, most expensive first. */
  static List<OperatorTime> measure(Program program) {
    Map<Node, Tally> tallies = new IdentityHashMap<>();
    for (int i = 0; i < RUNS; i++) {
      program
          .profile()
          .forEach(
              time -> tallies.computeIfAbsent(time.step().node(), unused -> new Tally()).add(time));
    }
    double total = Math.max(1, tallies.values().stream().mapToLong(Tally::total).sum());
    return tallies.entrySet().stream()
        .map(entry -> of(entry.getKey(), entry.getValue(), total))
        .sorted(Comparator.comparingDouble(OperatorTime::milliseconds).reversed())
        .toList();
  }

  private static OperatorTime of(Node node, Tally tally, double total) {
    return new OperatorTime(
        node,
        tally.total() / 1e6 / RUNS,
        tally.total() / total,
        tally.milliseconds(Kernel.Role.WEIGHT_REORDER),
        tally.milliseconds(Kernel.Role.ACTIVATION_REORDER));
  }

  long macs() {
    return node.macs();
  }

  /** Of inputs and outputs, each once. */
  long bytes() {
    return bytes(node.inputs()) + bytes(node.outputs());
  }

  private static long bytes(List<Value> values) {
    return values.stream().distinct().mapToLong(value -> value.type().bytes()).sum();
  }

  String line() {
    return String.format(
        Locale.ROOT,
        "%9.3f ms %5.1f %%  %s %s",
        milliseconds,
        100 * share,
        node.label(),
        node.output(0));
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("operator", node.label());
    json.put("output", node.output(0).toString());
    json.put("ms", milliseconds);
    json.put("share", share);
    json.put("macs", macs());
    json.put("bytes", bytes());
    return json;
  }
}
