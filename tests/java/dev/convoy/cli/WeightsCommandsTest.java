package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.files.Json;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.OnnxModel;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.weights.Safetensors;
import dev.convoy.weights.torch.PickleBytes;
import dev.convoy.weights.torch.TorchBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The weights commands, and flags about weights, as a user types them. */
class WeightsCommandsTest {

  @TempDir Path folder;

  private Launcher.Result run(String... arguments) {
    return new Launcher(folder).run(arguments);
  }

  /** One tensor, wrapped as data parallelism and a training script wrap it. */
  private Path torchFile() throws IOException {
    byte[] pickle =
        PickleBytes.protocol2()
            .op('}')
            .op('(')
            .string("epoch")
            .whole(3)
            .string("model")
            .op('}')
            .string("module.fc.weight")
            .tensor("FloatStorage", "0", 2, 0, new long[] {1, 2}, new long[] {2, 1})
            .op("su")
            .end();
    byte[] storage = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40};
    return Files.write(
        folder.resolve("checkpoint.pth"), TorchBytes.zip(pickle, Map.of("0", storage)));
  }

  @Test
  void inspectTellsWhatIsInAFile() throws IOException {
    torchFile();
    Launcher.Result text = run("weights", "inspect", "checkpoint.pth");
    assertThat(text.code()).as(text.err()).isZero();
    assertThat(text.out())
        .contains("fc.weight  f32   1×2", "PyTorch, 1 tensors, 2 elements", "beside them: epoch");
    Map<String, Object> json =
        Json.readObject(run("weights", "inspect", "checkpoint.pth", "--json").out());
    assertThat(json).containsEntry("format", "PyTorch").containsEntry("elements", 2L);
    assertThat((List<?>) json.get("tensors"))
        .singleElement()
        .isEqualTo(Map.of("name", "fc.weight", "dtype", "f32", "shape", List.of(1L, 2L)));
  }

  @Test
  void convertWritesSafetensors() throws IOException {
    torchFile();
    Launcher.Result result = run("weights", "convert", "checkpoint.pth", "out.safetensors");
    assertThat(result.code()).as(result.err()).isZero();
    Map<String, Tensor> tensors = Safetensors.read(folder.resolve("out.safetensors")).tensors();
    assertThat(tensors.get("fc.weight").toFloats()).containsExactly(1, 2);
  }

  @Test
  void convertWritesOnnxOfAModel() {
    Layer lenet = ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10);
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Parameter parameter : lenet.parameters()) {
      weights.put(
          parameter.path(), parameter.initializer().create(parameter.shape(), 1, weights.size()));
    }
    Safetensors.write(folder.resolve("lenet.safetensors"), weights, Map.of());
    refuses("add --model", "weights", "convert", "lenet.safetensors", "out.onnx");
    Launcher.Result result =
        run("weights", "convert", "lenet.safetensors", "out.onnx", "--model", "lenet5");
    assertThat(result.code()).as(result.err()).isZero();
    OnnxModel read = OnnxModel.read(folder.resolve("out.onnx"));
    assertThat(read.weights().get("conv1.weight").toFloats())
        .containsExactly(weights.get("conv1.weight").toFloats());
    assertThat(run("weights", "inspect", "out.onnx").out())
        .contains("conv1.weight", "ONNX, 10 tensors, 61,706 elements");
    assertThat(run("weights", "convert", "out.onnx", "back.safetensors").code()).isZero();
    assertThat(Safetensors.read(folder.resolve("back.safetensors")).tensors())
        .containsOnlyKeys(weights.keySet());
    refuses(
        "these are weights of another model",
        "weights",
        "convert",
        "lenet.safetensors",
        "other.onnx",
        "--model",
        "resnet20");
    assertThat(folder.resolve("other.onnx")).doesNotExist();
  }

  @Test
  void mistakesGetOneLine() throws IOException {
    Files.writeString(folder.resolve("page.pth"), "<html>not found</html>");
    torchFile();
    refuses("is a web page, not weights", "weights", "inspect", "page.pth");
    refuses("must end in one of", "weights", "convert", "checkpoint.pth", "out.bin");
    refuses("did you mean resnet18?", "weights", "inspect", "resnet118");
    refuses("no command given: one of list, inspect, convert", "weights");
    String data = "builtin:mnist-small";
    refuses("--weights is missing", "eval", "--data-path", data);
    refuses(
        "either --weights FILE or --ensemble",
        "eval",
        "--weights",
        "a",
        "--ensemble",
        "a,b",
        "--data-path",
        data);
    refuses(
        "it lacks conv2.weight",
        "eval",
        "--model",
        "lenet5",
        "--weights",
        "checkpoint.pth",
        "--data-path",
        data);
    refuses(
        "nothing in it fits the model",
        "eval",
        "--model",
        "lenet5",
        "--weights",
        "checkpoint.pth",
        "--no-strict",
        "--data-path",
        data);
  }

  @Test
  void evalAveragesRunFolders() throws IOException {
    String[] runs = {"a", "b"};
    for (int i = 0; i < runs.length; i++) {
      Launcher.Result trained =
          run(
              ("train --model linear --data-path builtin:mnist-small --limit 400 --epochs 1 --seed "
                      + i
                      + " --output-dir "
                      + runs[i])
                  .split(" "));
      assertThat(trained.code()).as(trained.err()).isZero();
    }
    String[] eval = "eval --data-path builtin:mnist-small --json --weights".split(" ");
    double best = 0;
    for (String run : runs) {
      best = Math.max(best, top1(with(eval, run)));
    }
    double averaged = top1("eval --data-path builtin:mnist-small --json --ensemble a,b".split(" "));
    assertThat(averaged).isBetween(best - 0.1, 1.0);
    refuses(
        "--mean and --std go together",
        "eval --data-path builtin:mnist-small --weights a --mean 0.1".split(" "));
    double elsewhere = top1(with(eval, "a", "--mean", "0.9", "--std", "0.1"));
    assertThat(elsewhere).isNotEqualTo(top1(with(eval, "a")));
  }

  private static String[] with(String[] arguments, String... further) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + further.length);
    System.arraycopy(further, 0, all, arguments.length, further.length);
    return all;
  }

  private double top1(String... arguments) throws IOException {
    Launcher.Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isZero();
    return (double) Json.readObject(result.out()).get("top1");
  }

  private void refuses(String mentions, String... arguments) {
    Launcher.Result result = run(arguments);
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.complaints()).singleElement().asString().contains(mentions);
  }
}
