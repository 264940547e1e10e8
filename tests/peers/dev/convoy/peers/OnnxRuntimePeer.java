package dev.convoy.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.onnx.OnnxExport;
import dev.convoy.tensor.Shape;
import dev.convoy.train.Names;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures ONNX Runtime's CPU provider with all graph optimisations, inference in f32. */
@Command(
    name = "OnnxRuntimePeer",
    mixinStandardHelpOptions = true,
    description = "Measures ONNX Runtime on the CPU and prints one JSON object.")
final class OnnxRuntimePeer extends Peer {

  @Option(
      names = "--keep-batch-norm",
      description = "leave folding batch normalisation to the runtime")
  private boolean keepBatchNorm;

  OnnxRuntimePeer() {
    super(Rival.ONNXRUNTIME);
  }

  @Override
  Measurement measure(Case what, Measuring measurement) {
    try {
      Path file = Files.createTempFile("convoy-peer", ".onnx");
      try {
        PeerModel model = PeerModel.named(what.model());
        BatchNormForm form = keepBatchNorm ? BatchNormForm.SEPARATE : BatchNormForm.FOLDED;
        OnnxExport.write(file, model.layer(), model.picture(), model.startingWeights(), form);
        return measure(model.pictures(what.batch()), file, measurement);
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the ONNX model could not be written", e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Measurement measure(Shape shape, Path file, Measuring measurement)
      throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try (SessionOptions options = options(shape.dim(0));
        OrtSession session = environment.createSession(file.toString(), options);
        OnnxTensor pictures = pictures(environment, shape)) {
      Map<String, OnnxTensor> inputs = Map.of(Names.PICTURES, pictures);
      return measurement.time(() -> run(session, inputs));
    }
  }

  private static SessionOptions options(int batch) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setSymbolicDimensionValue("N", batch);
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

  private static OnnxTensor pictures(OrtEnvironment environment, Shape shape) throws OrtException {
    int count = shape.count();
    FloatBuffer values =
        ByteBuffer.allocateDirect(Math.multiplyExact(4, count))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    Random random = new Random(1);
    for (int i = 0; i < count; i++) {
      values.put(i, (float) random.nextGaussian());
    }
    long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
    return OnnxTensor.createTensor(environment, values, dims);
  }

  public static void main(String[] arguments) {
    System.exit(execute(new OnnxRuntimePeer(), arguments));
  }
}
