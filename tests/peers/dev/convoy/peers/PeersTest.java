package dev.convoy.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.convoy.ConvoyException;
import dev.convoy.peers.LibtorchNetwork.Cast;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rivals do the work that they are timed for. */
class PeersTest {

  @ParameterizedTest
  @EnumSource
  void libtorchNetworkHasThePublishedNumberOfParameters(Architecture model) {
    LibtorchNetwork network =
        new LibtorchNetwork(new Case(model, Mode.INFER, 1, Precision.F32), Cast.WHOLE);
    assertThat(network.parameters()).isEqualTo(model.parameters);
  }

  @ParameterizedTest
  @EnumSource
  void libtorchTrainingStepsLowerTheLossOfAFixedBatch(Precision precision) {
    LibtorchNetwork network =
        new LibtorchNetwork(
            new Case(Architecture.LENET5, Mode.TRAIN, 16, precision), Cast.AUTOCAST);
    float first = network.train();
    float last = first;
    for (int i = 0; i < 100; i++) {
      last = network.train();
    }
    assertThat(first).isCloseTo((float) Math.log(10), within(0.3f));
    assertThat(last).isLessThan(first / 2);
  }

  @ParameterizedTest
  @EnumSource
  void onnxModelRunsAndGivesFiniteLogits(Architecture model, @TempDir Path folder)
      throws Exception {
    Path file = folder.resolve("model.onnx");
    OnnxModelWriter.write(model, 2, file);
    long[] shape = model.input(2);
    FloatBuffer ones = FloatBuffer.allocate(2 * model.channels * model.side * model.side);
    while (ones.hasRemaining()) {
      ones.put(1);
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (OrtSession session = environment.createSession(file.toString());
        OnnxTensor pictures = OnnxTensor.createTensor(environment, ones.flip(), shape);
        OrtSession.Result result = session.run(Map.of(OnnxModelWriter.INPUT, pictures))) {
      float[][] logits = (float[][]) result.get(0).getValue();
      assertThat(logits).hasDimensions(2, model.classes);
      for (float logit : logits[0]) {
        assertThat(logit).isFinite();
      }
      assertThat(logits[1]).containsExactly(logits[0], within(1e-3f));
    }
  }

  /** Bytes worked out by hand from protobuf's encoding page: 150 is 96 01. */
  @Test
  void protobufFieldsMatchTheEncodingPage() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new ProtobufMessage()
        .message(3, new ProtobufMessage().integer(1, 150))
        .text(2, "testing")
        .writeTo(out);
    assertThat(HexFormat.of().formatHex(out.toByteArray()))
        .isEqualTo("1a03089601" + "120774657374696e67");
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
