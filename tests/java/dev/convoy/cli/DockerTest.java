package dev.convoy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be wrong with the images is found without Docker. */
final class DockerTest {

  private static final Path FOLDER = Path.of("docker");
  private static final Path COMPOSE = FOLDER.resolve("compose.yaml");
  private static final Pattern FROM = Pattern.compile("FROM (\\S+)(?: AS (\\S+))?");
  private static final Pattern COPY = Pattern.compile("COPY (?:--from=(\\S+) )?(.+)");

  @TempDir private Path folder;

  private static List<String> instructions(String dockerfile) throws IOException {
    String joined = Files.readString(FOLDER.resolve(dockerfile)).replaceAll("\\\\\n", " ");
    return joined.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
  void whatIsCopiedExists(String dockerfile) throws IOException {
    List<String> ignored = Files.readAllLines(Path.of(".dockerignore"));
    Set<String> stages = new HashSet<>();
    for (String instruction : instructions(dockerfile)) {
      Matcher from = FROM.matcher(instruction);
      if (from.matches() && from.group(2) != null) {
        stages.add(from.group(2));
      }
      Matcher copy = COPY.matcher(instruction);
      if (!copy.matches()) {
        continue;
      }
      if (copy.group(1) != null) {
        assertThat(stages).as(instruction).contains(copy.group(1));
        continue;
      }
      String[] paths = copy.group(2).split(" ");
      for (String path : Arrays.copyOf(paths, paths.length - 1)) {
        assertThat(Path.of(path)).as(instruction).exists();
        assertThat(ignored).as(".dockerignore").doesNotContain(path);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
  void baseImagesHaveAVersion(String dockerfile) throws IOException {
    List<String> images =
        instructions(dockerfile).stream()
            .map(FROM::matcher)
            .filter(Matcher::matches)
            .map(from -> from.group(1))
            .toList();
    assertThat(images)
        .hasSizeGreaterThan(1)
        .allSatisfy(image -> assertThat(image).matches(".+:[\\w.-]*\\d[\\w.-]*"));
  }

  /** Without a compiler the build leaves our own kernels out, and says nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
  void ownKernelsAreBuilt(String dockerfile) throws IOException {
    assertThat(instructions(dockerfile))
        .contains("COPY native native", "COPY cuda-kernels cuda-kernels")
        .anyMatch(line -> line.startsWith("RUN apt-get") && line.contains(" g++ maven "));
  }

  /** The image's folder with the launcher, a jar beside it, and no sources. */
  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile.cpu", "Dockerfile.cuda"})
  void theEntryPointRunsOutsideTheSameWay(String dockerfile) throws IOException {
    List<String> all = instructions(dockerfile);
    String last = all.get(all.size() - 1);
    assertThat(last).isEqualTo("ENTRYPOINT [\"/opt/convoy/convoy\"]");
    assertThat(all)
        .contains(
            "WORKDIR /opt/convoy",
            "COPY convoy LICENSE NOTICE ./",
            "COPY --from=build /build/target/convoy.jar ./",
            "COPY --from=build /build/target/lib lib");
    Path copy = Files.copy(Launcher.script(), folder.resolve("convoy"));
    jarBeside(folder.resolve("convoy.jar"));
    Launcher.Result result =
        new Launcher(folder)
            .runInstalled(copy, "predict", "--weights", "none.safetensors", "x.png");
    assertThat(result.code()).as(result.err()).isEqualTo(2);
    assertThat(result.complaints()).singleElement().asString().contains("none.safetensors");
  }

  private static void jarBeside(Path jar) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    List<String> entries =
        Stream.of(Launcher.classPath().split(java.io.File.pathSeparator))
            .map(entry -> Path.of(entry).toUri().toString())
            .toList();
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, String.join(" ", entries));
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
  }

  @Test
  void composeBuildsExistingFilesAndRunsKnownFlags() throws IOException {
    String text = Files.readString(COMPOSE);
    assertThat(text).doesNotContain(":latest").doesNotContain("\t");
    List<String> dockerfiles = all(text, "dockerfile: (\\S+)");
    assertThat(dockerfiles)
        .containsExactlyInAnyOrder("docker/Dockerfile.cpu", "docker/Dockerfile.cuda")
        .allSatisfy(file -> assertThat(Path.of(file)).exists());
    assertThat(all(text, "context: (\\S+)"))
        .allSatisfy(
            context -> assertThat(FOLDER.resolve(context).normalize()).isEqualTo(Path.of("")));
    String help = new Launcher(folder).run("train", "--help").out();
    for (String command : all(text, "command: (\\[.*])")) {
      List<String> arguments = List.of(new ObjectMapper().readValue(command, String[].class));
      assertThat(arguments.get(0)).isEqualTo("train");
      assertThat(arguments.stream().filter(argument -> argument.startsWith("--")))
          .isNotEmpty()
          .allSatisfy(flag -> assertThat(help).contains(flag));
    }
  }

  private static List<String> all(String text, String pattern) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }
}
