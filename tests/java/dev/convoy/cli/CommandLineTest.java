package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.convoy.files.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the real launcher. */
class CommandLineTest {

  @TempDir private Path folder;

  private Launcher.Result convoy(String... arguments) {
    return new Launcher(folder).run(arguments);
  }

  @Test
  void doctorNamesTheBackends() throws IOException {
    Launcher.Result result = convoy("doctor", "--json");
    assertThat(result.code()).isZero();
    assertThat(result.err()).isEmpty();
    Map<String, ?> report = Json.readObject(result.out());
    assertThat(report).containsKeys("java", "backends", "auto");
    assertThat(convoy("doctor").out()).contains("reference", "using ");
  }

  @Test
  void modelsAreOneJsonObject() throws IOException {
    Launcher.Result result = convoy("models", "--json");
    assertThat(result.code()).isZero();
    List<?> models = (List<?>) Json.readObject(result.out()).get("models");
    assertThat(models)
        .<Object>extracting(model -> ((Map<?, ?>) model).get("name"))
        .contains("lenet5", "resnet18", "resnet50");
  }

  @Test
  void summaryCountsParameters() {
    assertThat(convoy("summary", "lenet5").out()).contains("61,706 parameters");
    assertThat(convoy("summary", "resnet50").out()).contains("25,557,032 parameters");
  }

  @Test
  void summaryWritesAPageOfItsOwn() {
    Launcher.Result result = convoy("summary", "lenet5", "--html", "page.html");
    assertThat(result.code()).isZero();
    assertThat(folder.resolve("page.html"))
        .content()
        .contains("<title>lenet5</title>", "61,706")
        .doesNotContain("http", "src=");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "doctor",
        "models",
        "summary",
        "train",
        "eval",
        "predict",
        "export",
        "calibrate",
        "bench",
        "verify"
      })
  void everyCommandHasHelp(String command) {
    Launcher.Result result = convoy(command, "--help");
    assertThat(result.code()).isZero();
    assertThat(result.out()).startsWith("Usage: convoy " + command).contains("--json");
  }

  @Test
  void helpListsTheCommands() {
    Launcher.Result result = convoy("--help");
    assertThat(result.code()).isZero();
    assertThat(result.out()).contains("train", "predict", "verify");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trian | unknown command trian; did you mean train?",
        "train --modle x | unknown flag --modle; did you mean --model?",
        "train --model lenet55 --data-path builtin:mnist-small | did you mean lenet5?",
        "train --model lenet5 | --data-path is missing",
        "train --model lenet5 --data-path nowhere | does not exist",
        "train --model lenet5 --data-path builtin:mnist-smal | did you mean builtin:mnist-small?",
        "train --model lenet5 --data-path builtin:mnist-small --opt sdg | --opt sdg: choose one of",
        "train --model lenet5 --data-path builtin:mnist-small -b 20000 | use at most 12000",
        "train --model lenet5 --data-path builtin:mnist-small --device gpu | unknown device gpu",
        "train --model lenet5 --data-path builtin:mnist-small --epochs x | not a whole number",
        "train --model lenet5 --data-path builtin:mnist-small --output-dir /proc/x | cannot be",
        "train --model lenet5 --data-path builtin:mnist-small --weights no.safetensors | no.safe",
        "train --model lenet5 --data-path builtin:mnist-small --lr NaN | --lr NaN: must be a finite number",
        "train --model lenet5 --data-path builtin:mnist-small -j 0 | --workers 0: must be from 1 to 256",
        "train --model lenet5 --data-path builtin:mnist-small --workers 100000 | --workers 100000: must be from",
        "train --model lenet5 --data-path builtin:mnist-small --norm-weight-decay -1 | --norm-weight-decay -1.0: must be",
        "train --model lenet5 --data-path builtin:mnist-small --freeze conv9 | --freeze conv9: the model has no such layer; did",
        "train --model lenet5 --data-path builtin:mnist-small --lr-mult fc3=0 | --lr-mult fc3=0.0: the factor must",
        "train --model lenet5 --data-path builtin:mnist-small --replace-head | --replace-head needs --weights",
        "train --model lenet5 --data-path builtin:mnist-small --test-only | --test-only needs trained weights",
        "train --model lenet5 --data-path builtin:mnist-small --lr-scheduler plato | --lr-scheduler plato: choose one of",
        "train --resume nothing | no checkpoint.safetensors",
        "summary nonet | unknown model nonet",
        "summary lenet5 --input 3by3 | write it as 3x224x224",
        "eval --weights no.safetensors --data-path builtin:mnist-small | no.safetensors",
        "predict --weights no.safetensors x.png | no.safetensors",
        "summary no.onnx | ONNX file no.onnx: does not exist",
        "eval --data-path builtin:mnist-small | --weights is missing",
        "export --weights no.safetensors x.onnx | no.safetensors",
        "bench --model lenet5 --mode fly | choose train or infer",
        "bench --model lenet5 --input 28x28 | write it as 3x224x224",
        "bench --model lenet5 --input 1x2x2 | lenet5",
        "bench --model resnet50 -b 1000000 | fits",
        "bench --model lenet5 --precision int8 | int8 is for eval, predict and bench --mode infer",
        "train --model lenet5 --data-path builtin:mnist-small --precision int8 | int8 is for eval",
        "verify --model lenet5 --precision int8 | int8 is for eval, predict and bench --mode infer",
        "eval --ensemble a,b --data-path builtin:mnist-small --precision int8 | of one file of weights",
        "bench --model lenet5 --mode infer --calibration c.json | is for --precision int8",
        "calibrate --weights no.safetensors --data-path builtin:mnist-small -o c.json | no.safetensors",
        "calibrate --data-path builtin:mnist-small -o c.json --images 0 | --images 0",
        "calibrate --data-path builtin:mnist-small -o c.json --method max | --method max: choose one of",
        "verify --model lenet5 --device reference | name two different ones",
        "'' | no command given",
      })
  void badInputGetsOneLineAndCode2(String arguments, String message) {
    Launcher.Result result = convoy(arguments.isEmpty() ? new String[0] : arguments.split(" "));
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(result.complaints()).singleElement().asString().contains(message);
    assertThat(result.err()).doesNotContain("\tat ", "Exception");
    assertThat(folder.resolve("runs/lenet5/checkpoint.safetensors")).doesNotExist();
  }

  @Test
  void damagedDataIsNamed() throws IOException {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String part : new String[] {"train", "t10k"}) {
      Files.write(data.resolve(part + "-images-idx3-ubyte"), new byte[] {0, 0, 8, 3, 0, 0});
      Files.write(
          data.resolve(part + "-labels-idx1-ubyte"), new byte[] {0, 0, 8, 1, 0, 0, 0, 1, 5});
    }
    Launcher.Result result = convoy("train", "--model", "lenet5", "--data-path", "data");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.complaints())
        .singleElement()
        .asString()
        .contains("train-images-idx3-ubyte")
        .contains("ends inside its header");
  }

  @Test
  void stacktraceIsShownOnRequest() {
    Launcher.Result result = convoy("summary", "nonet", "--stacktrace");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.err()).contains("convoy: unknown model nonet", "\tat dev.convoy.");
  }

  @Test
  void launcherWorksThroughALinkFromAFolderWithSpaces() throws IOException {
    Path spaced = Files.createDirectory(folder.resolve("a folder"));
    Path link = Files.createSymbolicLink(spaced.resolve("my convoy"), Launcher.script());
    Launcher.Result result = new Launcher(spaced).runAs(link, "models");
    Files.delete(link);
    assertThat(result.code()).as(result.err()).isZero();
    assertThat(result.out()).contains("lenet5");
  }
}
