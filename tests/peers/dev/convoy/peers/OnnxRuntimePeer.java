package dev.convoy.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;

/** Measures ONNX Runtime's CPU provider with all graph optimisations, inference in f32. */
@Command(
    name = "OnnxRuntimePeer",
    mixinStandardHelpOptions = true,
    description = "Measures ONNX Runtime on the CPU and prints one JSON object.")
final class OnnxRuntimePeer extends Peer {

  OnnxRuntimePeer() {
    super(Rival.ONNXRUNTIME);
  }

  @Override
  Measurement measure(Case what, Measuring measurement) {
    try {
      Path file = Files.createTempFile("convoy-peer", ".onnx");
      try {
        OnnxModelWriter.write(what.model(), what.batch(), file);
        return measure(what, file, measurement);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the ONNX model could not be written", e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Measurement measure(Case what, Path file, Measuring measurement)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = options();
        OrtSession session = environment.createSession(file.toString(), options);
        OnnxTensor pictures = pictures(environment, what.model().input(what.batch()))) {
      Map<String, OnnxTensor> inputs = Map.of(OnnxModelWriter.INPUT, pictures);
      return measurement.time(() -> run(session, inputs));
    }
  }

  private static SessionOptions options() throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
    options.setIntraOpNumThreads(threads());
    options.setInterOpNumThreads(1);
    return options;
  }

  private static void run(OrtSession session, Map<String, OnnxTensor> inputs) {
    try {
      session.run(inputs).close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static OnnxTensor pictures(OrtEnvironment environment, long[] shape) throws OrtException {
    int count = 1;
    for (long side : shape) {
      count = Math.multiplyExact(count, Math.toIntExact(side));
    }
    FloatBuffer values =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, count))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      values.put(i, (float) random.nextGaussian());
    }
    return OnnxTensor.createTensor(environment, values, shape);
  }

  public static void main(String[] arguments) {
    System.exit(execute(new OnnxRuntimePeer(), arguments));
  }
}
