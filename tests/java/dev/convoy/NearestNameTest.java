package dev.convoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

  private static final List<String> NAMES = List.of("lenet5", "resnet18", "resnet50");

  @ParameterizedTest
  @CsvSource({
    "kitten,sitting,3",
    "flaw,lawn,2",
    "'',abc,3",
    "abc,'',3",
    "same,same,0",
    "resnet,resnet50,2"
  })
  void countsEdits(String a, String b, int edits) {
    assertThat(NearestName.distance(a, b)).isEqualTo(edits);
  }

  @Test
  void findsWhatWasMeant() {
    assertThat(NearestName.of("resnet5", NAMES)).contains("resnet50");
    assertThat(NearestName.of("lenet-5", NAMES)).contains("lenet5");
  }

  @Test
  void saysNothingWhereNothingIsNear() {
    assertThat(NearestName.of("transformer", NAMES)).isEmpty();
    assertThat(NearestName.of("x", List.of())).isEmpty();
  }
}
