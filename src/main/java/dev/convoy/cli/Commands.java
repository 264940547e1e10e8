package dev.convoy.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** The commands by name. Only the one that is run is loaded: starting is half of a short run. */
final class Commands {

  private static final Map<String, Supplier<Subcommand>> ALL = new LinkedHashMap<>();

  static {
    ALL.put("doctor", DoctorCommand::new);
    ALL.put("models", ModelsCommand::new);
    ALL.put("summary", SummaryCommand::new);
    ALL.put("train", TrainCommand::new);
    ALL.put("eval", EvalCommand::new);
    ALL.put("predict", PredictCommand::new);
    ALL.put("export", ExportCommand::new);
    ALL.put("calibrate", CalibrateCommand::new);
    ALL.put("bench", BenchCommand::new);
    ALL.put("verify", VerifyCommand::new);
    ALL.put("weights", WeightsCommand::new);
  }

  private Commands() {}

  static Map<String, Supplier<Subcommand>> all() {
    return ALL;
  }
}
