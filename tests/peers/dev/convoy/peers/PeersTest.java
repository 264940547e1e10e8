package dev.convoy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.ConvoyException;
import dev.convoy.peers.LibtorchNetwork.Cast;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rivals do the work that they are timed for. */
class PeersTest {

  @ParameterizedTest
  @ValueSource(strings = {"lenet5", UnetDecoder.NAME})
  void libtorchGivesAScoreForEachClass(String model) {
    for (Cast cast : Cast.values()) {
      Case what = new Case(model, Mode.INFER, 2, Precision.BF16);
      double[] scores = new LibtorchNetwork(what, cast).infer();
      assertThat(scores).hasSize(20);
      for (double score : scores) {
        assertThat(score).isFinite();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void libtorchTrainingStepsLowerTheLossOfAFixedBatch(Precision precision) {
    LibtorchNetwork network =
        new LibtorchNetwork(new Case("lenet5", Mode.TRAIN, 16, precision), Cast.AUTOCAST);
    float first = network.train();
    float last = first;
    for (int i = 0; i < 100; i++) {
      last = network.train();
    }
    assertThat(first).isCloseTo((float) Math.log(10), within(0.3f));
    assertThat(last).isLessThan(first / 2);
  }

  @Test
  void spreadIsTheMiddleAndTheEnds() {
    assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet50",
        "resnet51:infer:16:f32",
        "resnet50:infr:16:f32",
        "resnet50:infer:x:f32",
        "resnet50:infer:0:f32",
        "resnet50:infer:16:f99",
        "resnet50:infer:16:f32:more"
      })
  void badCaseIsRefusedInOneLine(String text) {
    assertThatThrownBy(() -> Case.parse(text))
        .isInstanceOf(ConvoyException.class)
        .hasMessageNotContaining("\n");
  }

  @Test
  void aModelThatLibtorchLacksIsRefused() {
    assertThatThrownBy(() -> Rival.LIBTORCH.check(Case.parse("xception:infer:1:f32")))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("xception is not written for libtorch");
  }

  @Test
  void caseReadsBackAsWritten() {
    assertThat(Case.parse("resnet18:train:8:bf16")).hasToString("resnet18:train:8:bf16");
  }

  @Test
  void wrongArgumentsGiveExitCode2() {
    assertThat(Peer.execute(new Comparison(), "--peer", "tensorflow", "lenet5:train:64:f32"))
        .isEqualTo(2);
    assertThat(Peer.execute(new Comparison())).isEqualTo(2);
    assertThat(
            Peer.execute(
                new OnnxRuntimePeer(), "--model", "resnet50", "--mode", "train", "-b", "1"))
        .isEqualTo(2);
  }
}
