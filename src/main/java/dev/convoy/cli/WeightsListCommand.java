package dev.convoy.cli;

import dev.convoy.weights.fetch.WeightsIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Published weights that have a name. */
@Command(name = "list", description = "Lists the published weights that --weights knows by name.")
final class WeightsListCommand extends Subcommand {

  @Override
  void run() {
    List<Map<String, Object>> all = new ArrayList<>();
    for (WeightsIndex.Entry entry : WeightsIndex.packaged().entries()) {
      if (json()) {
        Map<String, Object> one = new LinkedHashMap<>();
        one.put("name", entry.name());
        one.put("model", entry.model());
        one.put("licence", entry.licence());
        one.put("url", entry.file().address());
        one.put("sha256", entry.file().sha256());
        one.put("most_bytes", entry.file().bytes());
        all.add(one);
      } else {
        print(
            "%-18s %-12s %10s  %s"
                .formatted(
                    entry.name(),
                    entry.model(),
                    Units.bytes(entry.file().bytes()),
                    entry.licence()));
      }
    }
    if (json()) {
      printJson(Map.of("weights", all));
    }
  }
}
