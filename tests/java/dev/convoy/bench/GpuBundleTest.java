package dev.convoy.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be wrong with the bundle's scripts is found without building it and without a GPU. */
final class GpuBundleTest {

  private static final Path FOLDER = Path.of("gpu-bundle");

  private static String script(String name) throws IOException {
    return Files.readString(FOLDER.resolve(name));
  }

  private static List<String> found(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().map(MatchResult::group).toList();
  }

  /** What a command says on both streams, behind its exit code. */
  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() + " " + said.strip();
  }

  @Test
  void scriptsAreWellFormed() throws Exception {
    for (String name :
        List.of("assemble.sh", "run-all.sh", "run-tests.sh", "bench.sh", "cuda-libraries.sh")) {
      assertThat(run("bash", "-n", FOLDER.resolve(name).toString())).as(name).isEqualTo("0 ");
      boolean sourced = name.equals("cuda-libraries.sh");
      assertThat(Files.isExecutable(FOLDER.resolve(name))).as(name).isEqualTo(!sourced);
    }
  }

  @Test
  void testsAndProgramsThatTheyNameExist() throws Exception {
    String all = script("run-tests.sh") + script("bench.sh");
    List<String> names = found(all, "dev\\.convoy(\\.\\w+)+(#\\w+)?");
    assertThat(names).hasSizeGreaterThanOrEqualTo(5);
    for (String name : names) {
      String[] parts = name.split("#");
      Class<?> type = Class.forName(parts[0]);
      if (parts.length == 2) {
        assertThat(type.getDeclaredMethod(parts[1])).isNotNull();
      }
    }
  }

  @Test
  void filesThatAreCopiedExist() throws Exception {
    List<String> paths = found(script("assemble.sh"), "\\$(root|here)/[\\w./-]+");
    assertThat(paths).hasSizeGreaterThanOrEqualTo(8);
    for (String path : paths) {
      Path file = Path.of(path.replace("$root/", "").replace("$here", FOLDER.toString()));
      assertThat(file).exists();
    }
  }

  @Test
  void everyGroupIsDescribed() throws Exception {
    String groups = found(script("run-tests.sh"), "(?m)^ALL=\\(.*\\)$").get(0);
    String page = script("README.md");
    assertThat(Stream.of(groups.substring(5, groups.length() - 1).split(" ")))
        .hasSize(8)
        .allSatisfy(group -> assertThat(page).contains(group.replace("conformance", "")));
  }

  /** What run-all.sh hands on, the other scripts know. */
  @Test
  void everythingInOneCommandNamesKnownGroups() throws Exception {
    String all = script("run-all.sh");
    String groups = found(script("run-tests.sh"), "(?m)^ALL=\\(.*\\)$").get(0);
    String asked = found(all, "(?m)^ +training memory .*$").get(0).strip();
    assertThat(asked.split(" "))
        .containsExactlyInAnyOrder(groups.substring(5, groups.length() - 1).split(" "));
    assertThat(run(FOLDER.resolve("run-all.sh").toString(), "everything"))
        .startsWith("2 run-all: unknown argument everything; usage: ")
        .hasLineCount(1);
    assertThat(run(FOLDER.resolve("run-all.sh").toString(), "--seconds", "soon"))
        .startsWith("2 run-all: --seconds needs a number");
  }

  @Test
  void wrongUsageIsOneLine() throws Exception {
    String script = FOLDER.resolve("run-tests.sh").toString();
    assertThat(run(script, "everything"))
        .startsWith("2 run-tests: unknown group everything; usage: ")
        .hasLineCount(1);
    assertThat(run(script, "--fast")).startsWith("2 run-tests: unknown option --fast; usage: ");
    assertThat(run(script, "--output")).startsWith("2 run-tests: --output needs a folder; usage: ");
  }
}
