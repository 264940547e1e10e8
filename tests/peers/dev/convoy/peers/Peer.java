package dev.convoy.peers;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.convoy.ConvoyException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** A program that measures one case on one rival and prints one JSON object. */
abstract class Peer implements Callable<Integer> {

  @Option(
      names = "--model",
      required = true,
      description = "one of Convoy's zoo, or " + UnetDecoder.NAME)
  private String model = "";

  @Option(names = "--mode", required = true, description = "train or infer")
  private Mode mode = Mode.INFER;

  @Option(
      names = {"-b", "--batch-size"},
      required = true,
      description = "pictures a step")
  private int batch;

  @Option(names = "--precision", defaultValue = "f32", description = "f32 or bf16")
  private Precision precision = Precision.F32;

  @Option(names = "--steps", defaultValue = "20", description = "timed steps")
  private int steps;

  @Option(names = "--warmup", defaultValue = "5", description = "untimed steps before them")
  private int warmup;

  private final Rival rival;

  Peer(Rival rival) {
    this.rival = rival;
  }

  /** Prepares {@code what} and gives {@code measurement} its step to run. */
  abstract Measurement measure(Case what, Measuring measurement);

  @Override
  public Integer call() throws Exception {
    if (steps < 1 || warmup < 0) {
      throw new ConvoyException(
          "--steps %d --warmup %d: at least 1 step and 0 warm-up".formatted(steps, warmup));
    }
    Case what = new Case(PeerModel.named(model).name(), mode, batch, precision);
    rival.check(what);
    Measurement result = measure(what, step -> Measurement.of(step, what.batch(), warmup, steps));
    ObjectMapper json = new ObjectMapper();
    ObjectNode line = json.createObjectNode();
    line.put("peer", rival.title)
        .put("model", model)
        .put("mode", Case.lower(mode))
        .put("batch", batch)
        .put("precision", Case.lower(precision))
        .put("threads", threads());
    line.setAll(json.<ObjectNode>valueToTree(result));
    System.out.println(json.writeValueAsString(line));
    return 0;
  }

  /** {@code OMP_NUM_THREADS}, or the processors there are. */
  static int threads() {
    String set = System.getenv("OMP_NUM_THREADS");
    if (set == null || set.isBlank()) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return Integer.parseInt(set.strip());
    } catch (NumberFormatException e) {
      throw new ConvoyException("OMP_NUM_THREADS '" + set + "' is not a whole number", e);
    }
  }

  /** Runs a program; a wrong argument prints one line and gives exit code 2. */
  static int execute(Callable<Integer> program, String... arguments) {
    return new CommandLine(program)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((e, given) -> refuse(e))
        .setExecutionExceptionHandler((e, line, parsed) -> fail(e))
        .execute(arguments);
  }

  private static int refuse(Exception e) {
    System.err.println("error: " + e.getMessage());
    return 2;
  }

  private static int fail(Exception e) throws Exception {
    if (e instanceof ConvoyException) {
      return refuse(e);
    }
    if (e instanceof Contestant.FailedRun) {
      System.err.println("error: " + e.getMessage());
      return 1;
    }
    throw e;
  }

  /** Times a step as often as the command line says. */
  interface Measuring {
    Measurement time(Runnable step);
  }
}
