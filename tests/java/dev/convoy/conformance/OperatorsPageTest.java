package dev.convoy.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import dev.convoy.backend.cuda.CudaBackend;
import dev.convoy.backend.onednn.OneDnnBackend;
import dev.convoy.backend.reference.ReferenceBackend;
import dev.convoy.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of operators says what the code says; see {@link #COMMAND}. */
class OperatorsPageTest {

  static final String COMMAND = "mvn -q test -Dtest=OperatorsPageTest -Dconvoy.docs.write=true";

  private static final Path PAGE = Path.of("docs/operators.md");

  @Test
  void pageIsUpToDate() throws IOException {
    Optional<String> missing = missing(new OneDnnBackend());
    Map<String, String> primitives = missing.isEmpty() ? OperatorKernels.oneDnn() : Map.of();
    String text = new OperatorsPage(primitives).text();
    if (Boolean.getBoolean("convoy.docs.write")) {
      if (missing.isPresent()) {
        abort("the page is written where oneDNN is: " + missing.get());
      }
      Files.writeString(PAGE, text);
    }
    String page = Files.exists(PAGE) ? Files.readString(PAGE) : "";
    String comparable = missing.isEmpty() ? page : withoutPrimitives(page);
    if (!comparable.equals(text)) {
      int line = 1 + Arrays.mismatch(lines(comparable), lines(text));
      fail("%s is out of date from line %d; regenerate it with: %s", PAGE, line, COMMAND);
    }
    if (missing.isPresent()) {
      abort("all but the oneDNN primitives is up to date; those not compared: " + missing.get());
    }
  }

  private static Optional<String> missing(OneDnnBackend backend) {
    String own = backend.parts().getOrDefault("own kernels", "");
    return backend
        .unavailable()
        .or(() -> backend.lacks(DType.I8))
        .or(() -> own.startsWith("C++") ? Optional.empty() : Optional.of("own kernels: " + own));
  }

  private static String[] lines(String text) {
    return text.lines().toArray(String[]::new);
  }

  private static String withoutPrimitives(String page) {
    return page.replaceAll("(onednn `\\w+`) \\([^)]*\\)", "$1");
  }

  @Test
  void everyOperatorIsDescribed() {
    Map<String, String> comments = OperatorSources.comments();
    for (Class<?> op : OperatorsPage.operators()) {
      String name = OperatorKernels.name(op);
      assertThat(comments).containsKey(name);
      String comment = comments.get(name);
      assertThat(comment).as(name + ": shapes").containsPattern("Inputs?\\b");
      if (!name.contains(".")) {
        assertThat(comment).as(name + ": gradient").containsPattern("[Gg]radient");
        assertThat(comment).as(name + ": source").containsPattern("Source:|[12][09]\\d\\d");
      }
    }
  }

  @Test
  void kernelTablesAreReadWhole() {
    assertThat(OperatorKernels.table("reference/ReferenceKernels.java").keySet())
        .isEqualTo(OperatorKernels.names(new ReferenceBackend().operators()));
    assertThat(OperatorKernels.table("onednn/OneDnnKernels.java").keySet())
        .isEqualTo(OperatorKernels.names(new OneDnnBackend().operators()));
    assertThat(OperatorKernels.cuda().keySet())
        .isEqualTo(OperatorKernels.names(new CudaBackend().operators()));
    assertThat(OperatorKernels.cuda().values()).noneMatch(kernel -> kernel.contains("()"));
  }

  @Test
  void classesOfThePageExist() throws IOException, ClassNotFoundException {
    Matcher name =
        Pattern.compile("`(dev\\.convoy\\.\\w+\\.\\w+)`").matcher(Files.readString(PAGE));
    int found = 0;
    while (name.find()) {
      assertThat(Class.forName(name.group(1))).isNotNull();
      found++;
    }
    assertThat(found).isGreaterThan(10);
  }
}
