package dev.convoy.data;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** Real data outside the repository: property convoy.data, variable CONVOY_DATA, ../shared/data. */
public final class TestData {

  private TestData() {}

  public static Path require(String name) {
    return find(name)
        .orElseGet(
            () -> {
              String reason =
                  "skipped: no " + name + " under CONVOY_DATA, -Dconvoy.data or ../shared/data";
              System.out.println(reason);
              return abort(reason);
            });
  }

  public static Optional<Path> find(String name) {
    return Stream.of(
            Optional.ofNullable(System.getProperty("convoy.data")),
            Optional.ofNullable(System.getenv("CONVOY_DATA")),
            Optional.of("../shared/data"))
        .flatMap(Optional::stream)
        .map(root -> Path.of(root).resolve(name))
        .filter(Files::exists)
        .findFirst();
  }
}
