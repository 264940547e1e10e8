package dev.convoy.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures Convoy on a GPU, and PyTorch where it is there: in turn, a fresh process each time, so
 * that a GPU that grows warm slows both. A figure is the median over rounds of each process's
 * median step. A measurement that fails is a line in the table, and the rest goes on.
 */
@Command(
    name = "bench.sh",
    mixinStandardHelpOptions = true,
    description = "Measures Convoy and PyTorch in turn on this machine's GPU.")
final class GpuComparison implements Callable<Integer> {

  private static final ObjectMapper JSON = new ObjectMapper();

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

  @Option(names = "--compile", description = "measure PyTorch compiled too; takes minutes a case")
  private boolean compile;

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
        return "| %s | %s | failed: %s | | |".formatted(what, contestant, failure);
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

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(output);
    List<Row> rows = new ArrayList<>();
    for (String what : cases) {
      rows.addAll(compare(what));
      write(rows);
    }
    rows.forEach(row -> System.out.println(row.markdown()));
    int bandwidth = noKernels ? 0 : bandwidth();
    boolean failed = rows.stream().anyMatch(row -> !row.failure.isEmpty()) || bandwidth != 0;
    return failed ? 1 : 0;
  }

  private List<Row> compare(String what) throws IOException, InterruptedException {
    Map<String, List<String>> contestants = contestants(what);
    Map<String, List<JsonNode>> results = new LinkedHashMap<>();
    Map<String, String> failures = new LinkedHashMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (Map.Entry<String, List<String>> contestant : contestants.entrySet()) {
        if (failures.containsKey(contestant.getKey())) {
          continue;
        }
        System.err.printf("%s round %d/%d %s%n", what, round, rounds, contestant.getKey());
        Answer answer = run(contestant.getValue());
        if (answer.failure.isEmpty()) {
          results.computeIfAbsent(contestant.getKey(), n -> new ArrayList<>()).add(answer.json);
        } else {
          failures.put(contestant.getKey(), answer.failure);
        }
      }
    }
    return contestants.keySet().stream()
        .map(
            name ->
                new Row(
                    what,
                    name,
                    results.getOrDefault(name, List.of()),
                    failures.getOrDefault(name, "")))
        .toList();
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
        contestants.put("PyTorch compiled", command(flags, python, peer, "--compile"));
      }
    }
    return contestants;
  }

  private static List<String> command(List<String> flags, String... first) {
    List<String> command = new ArrayList<>(List.of(first));
    command.addAll(flags);
    return command;
  }

  private Answer run(List<String> command) throws IOException, InterruptedException {
    File errors = output.resolve("last-errors.txt").toFile();
    Process process = new ProcessBuilder(command).redirectError(errors).start();
    List<String> lines = process.inputReader().lines().toList();
    // Convoy's JSON has several lines, PyTorch's one, perhaps after remarks of libraries.
    String text = String.join("\n", lines);
    if (process.waitFor() != 0 || !text.contains("{")) {
      List<String> said = Files.readAllLines(errors.toPath());
      String last = said.isEmpty() ? "exit code " + process.exitValue() : said.get(said.size() - 1);
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
    int code =
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
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    Files.readAllLines(table).forEach(System.out::println);
    return code;
  }

  public static void main(String[] arguments) {
    // The script names a folder for the results; the user may name another.
    CommandLine command = new CommandLine(new GpuComparison()).setOverwrittenOptionsAllowed(true);
    System.exit(command.execute(arguments));
  }
}
