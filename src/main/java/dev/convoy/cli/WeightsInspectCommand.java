package dev.convoy.cli;

import dev.convoy.tensor.Tensor;
import dev.convoy.train.ModelWeights;
import dev.convoy.weights.WeightsFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** What is in a file of weights. */
@Command(
    name = "inspect",
    description = "Lists the tensors of a safetensors, PyTorch, Keras or ONNX file.")
final class WeightsInspectCommand extends Subcommand {

  @Parameters(paramLabel = "FILE", description = "a file, https://… or a name")
  private String file = "";

  @Override
  void run() {
    Path path = WeightsLocation.of(file);
    WeightsFile content = ModelWeights.content(path);
    if (json()) {
      printJson(toJson(path, content));
      return;
    }
    int width = content.tensors().keySet().stream().mapToInt(String::length).max().orElse(0);
    content
        .tensors()
        .forEach(
            (name, tensor) ->
                print(
                    ("%-" + Math.max(1, width) + "s  %-4s  %s")
                        .formatted(name, type(tensor), tensor.shape())));
    print(
        "%s: %s, %s tensors, %s elements, %s"
            .formatted(
                path,
                content.format(),
                Units.grouped(content.tensors().size()),
                Units.grouped(content.elements()),
                Units.bytes(content.bytes())));
    if (!content.skipped().isEmpty()) {
      print("beside them: " + String.join(", ", content.skipped()));
    }
    content.input().ifPresent(input -> print("pictures: " + input));
    if (!content.note().isEmpty()) {
      print("note: " + content.note());
    }
  }

  private static Map<String, Object> toJson(Path path, WeightsFile content) {
    List<Map<String, Object>> tensors = new ArrayList<>();
    content
        .tensors()
        .forEach(
            (name, tensor) -> {
              Map<String, Object> one = new LinkedHashMap<>();
              one.put("name", name);
              one.put("dtype", type(tensor));
              one.put("shape", SummaryCommand.list(tensor.shape()));
              tensors.add(one);
            });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("file", path.toString());
    json.put("format", content.format());
    json.put("elements", content.elements());
    json.put("bytes", content.bytes());
    json.put("tensors", tensors);
    json.put("skipped", content.skipped());
    json.put("metadata", content.metadata());
    json.put("note", content.note());
    return json;
  }

  private static String type(Tensor tensor) {
    return tensor.dtype().name().toLowerCase(Locale.ROOT);
  }
}
