package dev.convoy.cli;

import dev.convoy.inspect.ModelSummary;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** The zoo. */
@Command(name = "models", description = "Lists the models that convoy can build.")
final class ModelsCommand extends Subcommand {

  @Override
  void run() {
    List<Map<String, Object>> models = new ArrayList<>();
    if (!json()) {
      print(
          "%-16s %12s %10s %9s  %-10s %s"
              .formatted("model", "parameters", "storage", "MACs", "input", "classes"));
    }
    for (ModelDescription entry : ModelZoo.all()) {
      ModelSummary summary = ModelSummary.of(Models.published(entry), entry.input());
      if (json()) {
        models.add(toJson(entry, summary));
      } else {
        print(
            "%-16s %12s %10s %9s  %-10s %d"
                .formatted(
                    entry.name(),
                    Units.grouped(summary.parameters()),
                    Units.bytes(summary.storage()),
                    Units.macs(summary.macs()),
                    entry.input(),
                    entry.classes()));
      }
    }
    if (json()) {
      printJson(Map.of("models", models));
    }
  }

  private static Map<String, Object> toJson(ModelDescription entry, ModelSummary summary) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", entry.name());
    json.put("parameters", summary.parameters());
    json.put("storage_bytes", summary.storage());
    json.put("macs", summary.macs());
    json.put("input", SummaryCommand.list(entry.input()));
    json.put("classes", entry.classes());
    return json;
  }
}
