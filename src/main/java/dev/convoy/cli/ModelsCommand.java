package dev.convoy.cli;

import dev.convoy.inspect.ModelSummary;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** The zoo. */
@Command(
    name = "models",
    description = {
      "Lists the models that convoy can build, the oldest first.",
      "Parameters, storage and multiply-adds are those of prediction, for one picture; with aux are"
          + " the parameters that training adds for auxiliary classifiers."
    })
final class ModelsCommand extends Subcommand {

  private static final String ROW = "%-26s %4s %12s %12s %10s %9s  %-10s %7s  %s";

  @Override
  void run() {
    List<Entry> entries =
        ModelZoo.all().stream()
            .sorted(Comparator.comparingInt(ModelDescription::year))
            .map(Entry::of)
            .toList();
    if (json()) {
      printJson(Map.of("models", entries.stream().map(Entry::toJson).toList()));
      return;
    }
    print(
        ROW.formatted(
            "model",
            "year",
            "parameters",
            "with aux",
            "storage",
            "MACs",
            "input",
            "classes",
            "paper"));
    entries.forEach(entry -> print(entry.line()));
  }

  private record Entry(ModelDescription model, ModelSummary summary) {

    static Entry of(ModelDescription model) {
      return new Entry(model, ModelSummary.of(Models.published(model), model.input()));
    }

    private long withAuxiliary() {
      return summary.parameters() + summary.trainingOnly();
    }

    String line() {
      return ROW.formatted(
          model.name(),
          model.year(),
          Units.grouped(summary.parameters()),
          summary.trainingOnly() == 0 ? "" : Units.grouped(withAuxiliary()),
          Units.bytes(summary.storage()),
          Units.macs(summary.macs()),
          model.input(),
          model.classes(),
          model.paper());
    }

    Map<String, Object> toJson() {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("name", model.name());
      json.put("title", model.title());
      json.put("year", model.year());
      json.put("parameters", summary.parameters());
      json.put("parameters_in_training", withAuxiliary());
      json.put("storage_bytes", summary.storage());
      json.put("macs", summary.macs());
      json.put("input", SummaryCommand.list(model.input()));
      json.put("classes", model.classes());
      json.put("paper", model.paper());
      return json;
    }
  }
}
