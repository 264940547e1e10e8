package dev.convoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents promise is there. */
class DocumentationTest {

  private static final Path README = Path.of("README.md");

  @Test
  void javaExampleOfTheReadmeCompiles(@TempDir Path folder) throws IOException {
    Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(read(README));
    assertThat(block.find()).isTrue();
    Path source = Files.writeString(folder.resolve("Digits.java"), block.group(1));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    boolean compiled =
        compiler
            .getTask(
                messages,
                null,
                null,
                List.of("-d", folder.toString(), "-cp", "target/classes", "-proc:none"),
                null,
                compiler
                    .getStandardFileManager(null, null, null)
                    .getJavaFileObjects(source.toFile()))
            .call();
    assertThat(compiled).as(messages.toString()).isTrue();
  }

  @Test
  void continuousIntegrationRunsTheTestCommandOfTheReadme() throws IOException {
    assertThat(read(README)).contains("```\nmvn -B verify\n```");
    assertThat(read(Path.of(".ci/run"))).contains("mvn -B verify");
    assertThat(Files.isExecutable(Path.of(".ci/run"))).isTrue();
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path document :
        List.of(
            README,
            Path.of("CONTRIBUTING.md"),
            Path.of("docs/architecture.md"),
            Path.of("docs/operators.md"),
            Path.of("docs/transfer-learning.md"),
            Path.of("docs/studies/plain-vs-residual.md"))) {
      Matcher link = Pattern.compile("\\]\\(([^)#:]+)\\)").matcher(read(document));
      while (link.find()) {
        assertThat(document.resolveSibling(link.group(1))).as(document.toString()).exists();
      }
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file);
  }
}
