package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.files.AtomicFile;
import dev.convoy.inspect.ModelSummary;
import dev.convoy.inspect.SummaryHtml;
import dev.convoy.model.ModelDescription;
import dev.convoy.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** A model's layers with their costs. */
@Command(
    name = "summary",
    sortOptions = false,
    description = "Lists a model's layers: output shape, parameters, multiply-adds.")
final class SummaryCommand extends Subcommand {

  @Parameters(paramLabel = "MODEL", description = "see: convoy models")
  private String model = "";

  @Option(names = "--input", paramLabel = "CxHxW", description = "default: the model's own")
  private @Nullable String input;

  @Option(names = "--classes", paramLabel = "N", description = "default: the model's own")
  private @Nullable Integer classes;

  @Option(names = "--html", paramLabel = "FILE", description = "write a page instead")
  private @Nullable Path html;

  @Override
  void run() {
    ModelDescription description = Models.named(model);
    if (classes != null && classes < 1) {
      throw new ConvoyException("--classes " + classes + ": must be at least 1");
    }
    if (html != null && json()) {
      throw new ConvoyException("--html and --json exclude each other: leave one out");
    }
    Shape picture = Models.picture(description, input);
    int count = classes == null ? description.classes() : classes;
    ModelSummary summary = ModelSummary.of(description.build(picture, count), picture);
    if (html != null) {
      AtomicFile.write(html, SummaryHtml.page(model, summary).getBytes(StandardCharsets.UTF_8));
      say("wrote " + html);
    } else if (json()) {
      printJson(toJson(count, summary));
    } else {
      show(summary);
    }
  }

  private void show(ModelSummary summary) {
    int width = summary.layers().stream().mapToInt(row -> row.name().length()).max().orElse(0);
    int name = Math.max(width, model.length());
    String format = "%-" + name + "s  %-18s %-16s %12s %15s";
    print(format.formatted("layer", "kind", "output", "parameters", "MACs"));
    for (ModelSummary.Row row : summary.layers()) {
      print(
          format.formatted(
              row.name().isEmpty() ? model : row.name(),
              row.kind(),
              row.output(),
              Units.grouped(row.parameters()),
              Units.grouped(row.macs())));
    }
    print(
        "%s, input %s: %s parameters (%s with statistics), %s multiply-adds"
            .formatted(
                model,
                summary.input(),
                Units.grouped(summary.parameters()),
                Units.bytes(summary.storage()),
                Units.grouped(summary.macs())));
    if (summary.trainingOnly() > 0) {
      print(
          "training adds the %s parameters of its auxiliary classifiers: %s in all"
              .formatted(
                  Units.grouped(summary.trainingOnly()),
                  Units.grouped(summary.parameters() + summary.trainingOnly())));
    }
  }

  private Map<String, Object> toJson(int count, ModelSummary summary) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", model);
    json.put("input", list(summary.input()));
    json.put("classes", count);
    json.put("parameters", summary.parameters());
    json.put("training_only_parameters", summary.trainingOnly());
    json.put("statistics", summary.statistics());
    json.put("storage_bytes", summary.storage());
    json.put("macs", summary.macs());
    json.put("layers", summary.layers().stream().map(SummaryCommand::toJson).toList());
    return json;
  }

  private static Map<String, Object> toJson(ModelSummary.Row row) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", row.name());
    json.put("kind", row.kind());
    json.put("output", list(row.output()));
    json.put("parameters", row.parameters());
    json.put("statistics", row.statistics());
    json.put("macs", row.macs());
    return json;
  }

  static List<Integer> list(Shape shape) {
    List<Integer> list = new ArrayList<>();
    for (int dim : shape.dims()) {
      list.add(dim);
    }
    return list;
  }
}
