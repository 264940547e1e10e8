package dev.convoy.peers;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures Convoy and a rival in turn and prints a table in Markdown.
 *
 * <p>They alternate, a fresh process each time, so that a slow minute of a shared machine falls on
 * both. A figure is the median over rounds of each process's median step.
 */
@Command(
    name = "Comparison",
    mixinStandardHelpOptions = true,
    description = "Measures Convoy and a rival in turn, prints a table and writes it as JSON.")
final class Comparison implements Callable<Integer> {

  /** Seconds. */
  private static final int WAIT = 10;

  @Parameters(arity = "1..*", paramLabel = "CASE", description = "such as resnet50:infer:16:f32")
  private List<String> cases = List.of();

  @Option(names = "--peer", defaultValue = "libtorch", description = "libtorch or onnxruntime")
  private Rival rival = Rival.LIBTORCH;

  @Option(names = "--rounds", defaultValue = "5", description = "processes of each per case")
  private int rounds;

  @Option(names = "--steps", defaultValue = "20", description = "timed steps in each process")
  private int steps;

  @Option(names = "--warmup", defaultValue = "5", description = "untimed steps before them")
  private int warmup;

  @Option(
      names = "--repeats",
      defaultValue = "1",
      description = "most repetitions of a process that others on the machine slowed down")
  private int repeats;

  @Option(names = "--threads", description = "OMP_NUM_THREADS of both; default: as here, or all")
  private int threads = Peer.threads();

  @Option(names = "--convoy", defaultValue = "./convoy", description = "Convoy's launcher")
  private Path convoy = Path.of("convoy");

  @Option(names = "--output", defaultValue = "target/peers.json", description = "JSON file")
  private Path output = Path.of("peers.json");

  @Option(
      names = "--peer-env",
      paramLabel = "NAME=VALUE",
      description = "a variable for the rival alone, such as an allocator's setting")
  private Map<String, String> rivalEnvironment = Map.of();

  @Option(
      names = "--peer-caches",
      paramLabel = "L1,L2,L3",
      defaultValue = CacheSizes.DEFAULT,
      description = "bytes for a core that libtorch is told of where the machine hides its caches")
  private String caches = CacheSizes.DEFAULT;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Case> checked = check();
    QuietMachine machine = new QuietMachine(threads);
    System.out.printf("| case | Convoy images/s | %s images/s | ratio |", rival.title);
    System.out.println(" peak memory of the process, Convoy / rival |\n|---|---|---|---|---|");
    List<Row> rows = new ArrayList<>();
    Contestant theirs = rival();
    for (Case what : checked) {
      Row row = compare(what, theirs, machine);
      System.out.println(row.markdown());
      rows.add(row);
      write(rows);
    }
    return 0;
  }

  /** Everything that can be refused is refused before the first, possibly long, run. */
  private List<Case> check() {
    if (rounds < 1 || steps < 1 || warmup < 0 || repeats < 0 || threads < 1) {
      throw new ConvoyException(
          "--rounds %d --steps %d --warmup %d --repeats %d --threads %d: at least 1, 1, 0, 0 and 1"
              .formatted(rounds, steps, warmup, repeats, threads));
    }
    if (!Files.isExecutable(convoy)) {
      throw new ConvoyException(
          "no launcher at '" + convoy + "'; run from the repository's root or give --convoy");
    }
    List<Case> checked = cases.stream().map(Case::parse).toList();
    checked.forEach(rival::check);
    return checked;
  }

  private Row compare(Case what, Contestant theirs, QuietMachine machine)
      throws IOException, InterruptedException {
    Contestant ours = convoy();
    String source = PeerModel.named(what.model()).forConvoy(folder());
    List<Measurement> our = new ArrayList<>();
    List<Measurement> their = new ArrayList<>();
    for (int round = 1; round <= rounds; round++) {
      our.add(measure(ours, what, source, round, machine));
      their.add(measure(theirs, what, what.model(), round, machine));
    }
    Result convoyResult = Result.of(our);
    Result rivalResult = Result.of(their);
    double ratio = convoyResult.imagesPerSecond().median() / rivalResult.imagesPerSecond().median();
    return new Row(what.toString(), convoyResult, rivalResult, ratio);
  }

  /** Repeated where others slow the machine down; if they always do, the fastest counts. */
  private Measurement measure(
      Contestant contestant, Case what, String source, int round, QuietMachine machine)
      throws InterruptedException {
    Measurement best = null;
    for (int attempt = 0; attempt <= repeats; attempt++) {
      machine.await(WAIT);
      Measurement measured = contestant.measure(what, source);
      boolean quiet = machine.isQuiet();
      System.err.printf(
          Locale.ROOT,
          "%s round %d/%d %s: %.1f images/s%s%n",
          what,
          round,
          rounds,
          contestant.name(),
          measured.imagesPerSecond().median(),
          quiet ? "" : ", disturbed");
      if (quiet) {
        return measured;
      }
      best = best == null || faster(measured, best) ? measured : best;
    }
    return Objects.requireNonNull(best);
  }

  private static boolean faster(Measurement one, Measurement other) {
    return one.imagesPerSecond().median() > other.imagesPerSecond().median();
  }

  private Contestant convoy() {
    return new Contestant(
        "convoy",
        List.of(convoy.toAbsolutePath().toString(), "bench", "--device", "cpu"),
        List.of("--steps", Integer.toString(steps), "--warmup", Integer.toString(warmup), "--json"),
        environment());
  }

  private Contestant rival() {
    Map<String, String> environment = new HashMap<>(environment());
    // ONNX Runtime 1.29 crashes where the command line is longer than 4,096 bytes.
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    if (rival == Rival.LIBTORCH) {
      environment.putAll(CacheSizes.environment(caches));
    }
    environment.putAll(rivalEnvironment);
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            rival.program.getName());
    return new Contestant(
        rival.title,
        command,
        List.of("--steps", Integer.toString(steps), "--warmup", Integer.toString(warmup)),
        environment);
  }

  private Map<String, String> environment() {
    return Map.of("OMP_NUM_THREADS", Integer.toString(threads), "OPENBLAS_NUM_THREADS", "1");
  }

  /** Of the JSON file, and of models that only stand here. */
  private Path folder() throws IOException {
    Path folder = output.toAbsolutePath().getParent();
    return Files.createDirectories(folder == null ? Path.of("").toAbsolutePath() : folder);
  }

  private void write(List<Row> rows) throws IOException {
    folder();
    Report report = new Report(rival.title, threads, rounds, steps, rivalEnvironment, rows);
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(output.toFile(), report);
  }

  public static void main(String[] arguments) {
    System.exit(Peer.execute(new Comparison(), arguments));
  }

  /** The JSON file. */
  record Report(
      String peer,
      int threads,
      int rounds,
      int steps,
      @JsonProperty("peer_environment") Map<String, String> peerEnvironment,
      List<Row> cases) {}

  /** One case's outcome. */
  record Row(@JsonProperty("case") String what, Result convoy, Result peer, double ratio) {

    String markdown() {
      return String.format(
          Locale.ROOT,
          "| %s | %s | %s | %.2f | %.0f / %.0f MiB |",
          what,
          rate(convoy.imagesPerSecond),
          rate(peer.imagesPerSecond),
          ratio,
          convoy.processPeakBytes / 1048576.0,
          peer.processPeakBytes / 1048576.0);
    }

    private static String rate(Spread rate) {
      return String.format(Locale.ROOT, "%.1f (%.1f–%.1f)", rate.median(), rate.min(), rate.max());
    }
  }

  /** One contestant's rounds: the spread of their medians, and the largest peak. */
  record Result(
      @JsonProperty("images_per_second") Spread imagesPerSecond,
      @JsonProperty("step_ms") Spread stepMs,
      @JsonProperty("process_peak_bytes") long processPeakBytes) {

    static Result of(List<Measurement> rounds) {
      return new Result(
          Spread.of(rounds.stream().mapToDouble(m -> m.imagesPerSecond().median()).toArray()),
          Spread.of(rounds.stream().mapToDouble(m -> m.stepMs().median()).toArray()),
          rounds.stream().mapToLong(Measurement::processPeakBytes).max().orElse(0));
    }
  }
}
