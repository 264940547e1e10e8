package dev.convoy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures Convoy on a GPU, and PyTorch where it is there: in turn, a fresh process each time, so
 * that a GPU that grows warm slows both, and within a given time. A figure is the median over
 * rounds of each process's median step. A measurement that fails is a line in the table, and the
 * rest goes on.
 */
@Command(
    name = "bench.sh",
    mixinStandardHelpOptions = true,
    description = "Measures Convoy and PyTorch in turn on this machine's GPU.")
final class GpuComparison implements Callable<Integer> {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String COMPILE = "--compile";
  private static final String COMPILED = " compiled";

  @Parameters(
      paramLabel = "CASE",
      defaultValue =
          "resnet50:train:256:f16 resnet50:train:256:bf16"
              + " resnet50:infer:1:f16 resnet50:infer:256:f16",
      split = " ",
      description = "MODEL:MODE:BATCH:PRECISION (default: ${DEFAULT-VALUE})")
  private List<String> cases = List.of();

  @Option(names = "--rounds", defaultValue = "3", description = "default: ${DEFAULT-VALUE}")
  private int rounds;

  @Option(names = "--steps", defaultValue = "50", description = "default: ${DEFAULT-VALUE}")
  private int steps;

  @Option(names = "--warmup", defaultValue = "15", description = "default: ${DEFAULT-VALUE}")
  private int warmup;

  @Option(
      names = "--seconds",
      defaultValue = "86400",
      description = "after so many nothing more is begun, and what runs is ended")
  private long seconds;

  @Option(names = COMPILE, description = "measure PyTorch compiled too, after the others")
  private boolean compile;

  @Option(
      names = "--compile-mode",
      defaultValue = "reduce-overhead",
      description = "of torch.compile: default, reduce-overhead, max-autotune")
  private String compileMode = "";

  @Option(names = "--no-kernels", description = "leave out the bandwidth of Convoy's kernels")
  private boolean noKernels;

  @Option(names = "--output", required = true, description = "folder for bench.json and tables")
  private Path output = Path.of("");

  @Option(names = "--convoy", required = true, description = "Convoy's launcher")
  private Path convoy = Path.of("");

  @Option(names = "--python", description = "a Python with torch and torchvision")
  private String python = "";

  @Option(names = "--peer", description = "bench_torch.py")
  private String peer = "";

  /** One case's outcome for one contestant: figures, or why there are none. */
  private record Row(String what, String contestant, List<JsonNode> rounds, String failure) {

    private double median(String figure) {
      double[] sorted =
          rounds.stream().mapToDouble(r -> r.path(figure).path("median").asDouble()).toArray();
      Arrays.sort(sorted);
      int half = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    String markdown() {
      if (rounds.isEmpty()) {
        return "| %s | %s | no figure: %s | | |".formatted(what, contestant, failure);
      }
      return String.format(
          Locale.ROOT,
          "| %s | %s | %.1f | %.3f | %.2f |",
          what,
          contestant,
          median("images_per_second"),
          median("step_ms"),
          rounds.stream().mapToLong(r -> r.path("peak_memory_bytes").asLong()).max().orElse(0)
              / 0x1p30);
    }

    Map<String, Object> json() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("case", what);
      json.put("contestant", contestant);
      json.put("rounds", rounds);
      if (!failure.isEmpty()) {
        json.put("failure", failure);
      }
      return json;
    }
  }

  /** What a process printed last, or why it failed. */
  private record Answer(JsonNode json, String failure) {}

  /** A contestant over a case, with what was measured so far. */
  private static final class Entry {

    private final String what;
    private final String contestant;
    private final List<String> command;
    private final List<JsonNode> rounds = new ArrayList<>();
    private String failure = "";

    Entry(String what, String contestant, List<String> command) {
      this.what = what;
      this.contestant = contestant;
      this.command = command;
    }

    Row row() {
      return new Row(what, contestant, List.copyOf(rounds), failure);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    long begun = System.nanoTime();
    Files.createDirectories(output);
    int bandwidth = noKernels ? 0 : bandwidth();
    List<Entry> entries = new ArrayList<>();
    cases.forEach(what -> contestants(what).forEach((n, c) -> entries.add(new Entry(what, n, c))));
    // What is compiled takes minutes to begin with: the others are measured first.
    entries.sort(Comparator.comparing(entry -> entry.contestant.endsWith(COMPILED)));
    for (int round = 1; round <= rounds; round++) {
      for (Entry entry : entries) {
        long left = seconds - (System.nanoTime() - begun) / 1_000_000_000L;
        if (entry.failure.isEmpty() && left > 0) {
          System.err.printf("%s round %d/%d %s%n", entry.what, round, rounds, entry.contestant);
          measure(entry, left);
          write(entries.stream().map(Entry::row).toList());
        }
      }
    }
    for (Entry entry : entries) {
      if (entry.rounds.isEmpty() && entry.failure.isEmpty()) {
        entry.failure = "not begun within " + seconds + " s";
      }
    }
    List<Row> rows = entries.stream().map(Entry::row).toList();
    write(rows);
    rows.forEach(row -> System.out.println(row.markdown()));
    boolean failed = rows.stream().anyMatch(row -> row.rounds.isEmpty()) || bandwidth != 0;
    return failed ? 1 : 0;
  }

  private void measure(Entry entry, long left) throws IOException, InterruptedException {
    Answer answer = run(entry.command, left);
    if (answer.failure.isEmpty()) {
      entry.rounds.add(answer.json);
    } else {
      entry.failure = answer.failure;
    }
  }

  private Map<String, List<String>> contestants(String what) {
    String[] parts = what.split(":");
    if (parts.length != 4) {
      throw new CommandLine.ParameterException(
          new CommandLine(this), what + " is no case; write MODEL:MODE:BATCH:PRECISION");
    }
    List<String> flags =
        List.of(
            "--model=" + parts[0],
            "--mode=" + parts[1],
            "--batch-size=" + parts[2],
            "--precision=" + parts[3],
            "--steps=" + steps,
            "--warmup=" + warmup);
    Map<String, List<String>> contestants = new LinkedHashMap<>();
    contestants.put(
        "Convoy", command(flags, convoy.toString(), "bench", "--device=cuda", "--json"));
    if (!python.isEmpty()) {
      contestants.put("PyTorch", command(flags, python, peer));
      if (compile) {
        contestants.put(
            "PyTorch" + COMPILED, command(flags, python, peer, COMPILE + "=" + compileMode));
      }
    }
    return contestants;
  }

  private static List<String> command(List<String> flags, String... first) {
    List<String> command = new ArrayList<>(List.of(first));
    command.addAll(flags);
    return command;
  }

  private Answer run(List<String> command, long left) throws IOException, InterruptedException {
    File errors = output.resolve("last-errors.txt").toFile();
    File said = output.resolve("last-output.txt").toFile();
    Process process =
        new ProcessBuilder(command).redirectError(errors).redirectOutput(said).start();
    if (!process.waitFor(left, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
      return new Answer(JSON.nullNode(), "did not end within " + seconds + " s");
    }
    // Convoy's JSON has several lines, PyTorch's one, perhaps after remarks of libraries.
    String text = Files.readString(said.toPath());
    if (process.exitValue() != 0 || !text.contains("{")) {
      List<String> remarks = Files.readAllLines(errors.toPath());
      String last =
          remarks.isEmpty() ? "exit code " + process.exitValue() : remarks.get(remarks.size() - 1);
      return new Answer(JSON.nullNode(), last.replace('|', '/'));
    }
    return new Answer(JSON.readTree(text.substring(text.indexOf('{'))), "");
  }

  private void write(List<Row> rows) throws IOException {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("rounds", rounds);
    report.put("steps", steps);
    report.put("cases", rows.stream().map(Row::json).toList());
    JSON.writerWithDefaultPrettyPrinter().writeValue(output.resolve("bench.json").toFile(), report);
    StringBuilder table = new StringBuilder();
    table.append("| case | | images/s | ms a step | GiB |\n|---|---|---|---|---|\n");
    rows.forEach(row -> table.append(row.markdown()).append('\n'));
    Files.writeString(output.resolve("bench.md"), table);
  }

  /** In a process of its own, whose table goes to a file and to standard output. */
  private int bandwidth() throws IOException, InterruptedException {
    Path table = output.resolve("kernels.md");
    ProcessBuilder process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.bytedeco.javacpp.cachedir="
                    + System.getProperty("org.bytedeco.javacpp.cachedir", ""),
                "-cp",
                System.getProperty("java.class.path"),
                KernelBandwidth.class.getName(),
                Integer.toString(steps))
            .redirectOutput(table.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    process.environment().put("CONVOY_CUDNN", "0"); // Ours, not the library's.
    int code = process.start().waitFor();
    Files.readAllLines(table).forEach(System.out::println);
    return code;
  }

  public static void main(String[] arguments) {
    // The script names a folder for the results; the user may name another.
    CommandLine command = new CommandLine(new GpuComparison()).setOverwrittenOptionsAllowed(true);
    System.exit(command.execute(arguments));
  }
}
