package dev.convoy.peers;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Writes a network as an ONNX file (operator set 17) with random weights.
 *
 * <p>Convolution and batch normalisation stay apart: folding is the runtime's own work. A value is
 * the name of a tensor in the graph. Field numbers are those of {@code onnx.proto3}.
 */
final class OnnxModelWriter implements Operators<String> {

  /** Name of the model's one input, N×C×H×W. */
  static final String INPUT = "pictures";

  private static final int FLOAT = 1;
  private static final int IR_VERSION = 8;
  private static final int OPERATOR_SET = 17;

  private final ProtobufMessage graph = new ProtobufMessage();
  private long seed;

  private OnnxModelWriter() {}

  /** Writes {@code model} for a fixed batch size to {@code file}. */
  static void write(Architecture model, int batch, Path file) throws IOException {
    OnnxModelWriter writer = new OnnxModelWriter();
    String logits = model.forward(writer, INPUT);
    writer.graph.text(2, Case.lower(model));
    writer.graph.message(11, tensorType(INPUT, model.input(batch)));
    writer.graph.message(12, tensorType(logits, batch, model.classes));
    ProtobufMessage onnx =
        new ProtobufMessage()
            .integer(1, IR_VERSION)
            .message(8, new ProtobufMessage().text(1, "").integer(2, OPERATOR_SET))
            .message(7, writer.graph);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      onnx.writeTo(out);
    }
  }

  @Override
  public String share(String x) {
    return x;
  }

  @Override
  public String convolution(String x, String name, Convolution c) {
    String weight = name + ".weight";
    random(
        weight,
        c.inputs() * c.kernel() * c.kernel(),
        c.outputs(),
        c.inputs(),
        c.kernel(),
        c.kernel());
    String[] inputs = {x, weight};
    if (c.bias()) {
      inputs = new String[] {x, weight, constant(name + ".bias", 0, c.outputs())};
    }
    ProtobufMessage node = node("Conv", name, inputs);
    return window(node, name, c.kernel(), c.stride(), c.padding());
  }

  @Override
  public String batchNorm(String x, String name, int channels) {
    ProtobufMessage node =
        node(
            "BatchNormalization",
            name,
            x,
            constant(name + ".weight", 1, channels),
            constant(name + ".bias", 0, channels),
            constant(name + ".running_mean", 0, channels),
            constant(name + ".running_var", 1, channels));
    return emit(node, name);
  }

  @Override
  public String relu(String x) {
    return unary("Relu", x);
  }

  @Override
  public String add(String x, String y) {
    String name = x + ".add";
    return emit(node("Add", name, x, y), name);
  }

  @Override
  public String maxPool(String x, int kernel, int stride, int padding) {
    String name = x + ".pool";
    return window(node("MaxPool", name, x), name, kernel, stride, padding);
  }

  @Override
  public String globalAveragePool(String x) {
    return unary("GlobalAveragePool", x);
  }

  @Override
  public String flatten(String x) {
    return unary("Flatten", x);
  }

  @Override
  public String linear(String x, String name, int inputs, int outputs) {
    String weight = name + ".weight";
    random(weight, inputs, outputs, inputs);
    ProtobufMessage node = node("Gemm", name, x, weight, constant(name + ".bias", 0, outputs));
    ProtobufMessage transposed =
        new ProtobufMessage().text(1, "transB").integer(3, 1).integer(20, 2);
    return emit(node.message(5, transposed), name);
  }

  private String unary(String operator, String x) {
    String name = x + "." + operator;
    return emit(node(operator, name, x), name);
  }

  private String window(ProtobufMessage node, String name, int kernel, int stride, int padding) {
    node.message(5, integers("kernel_shape", kernel, kernel));
    node.message(5, integers("strides", stride, stride));
    node.message(5, integers("pads", padding, padding, padding, padding));
    return emit(node, name);
  }

  private static ProtobufMessage node(String operator, String name, String... inputs) {
    ProtobufMessage node = new ProtobufMessage();
    for (String input : inputs) {
      node.text(1, input);
    }
    return node.text(2, name).text(3, name).text(4, operator);
  }

  /** Adds a node to the graph; its one output has its name. */
  private String emit(ProtobufMessage node, String name) {
    graph.message(1, node);
    return name;
  }

  private static ProtobufMessage integers(String name, long... values) {
    ProtobufMessage attribute = new ProtobufMessage().text(1, name);
    for (long value : values) {
      attribute.integer(8, value);
    }
    return attribute.integer(20, 7);
  }

  private String constant(String name, float value, int length) {
    float[] values = new float[length];
    Arrays.fill(values, value);
    return tensor(name, out -> writeFloats(out, values), length);
  }

  /**
   * Uniform weights of the variance 2/fanIn (He et al. 2015), so that activations stay in range.
   */
  private void random(String name, int fanIn, int... shape) {
    long own = seed++;
    double bound = Math.sqrt(6.0 / fanIn);
    tensor(
        name,
        out -> {
          SplittableRandom random = new SplittableRandom(own);
          float[] row = new float[count(shape) / shape[0]];
          for (int i = 0; i < shape[0]; i++) {
            for (int j = 0; j < row.length; j++) {
              row[j] = (float) random.nextDouble(-bound, bound);
            }
            writeFloats(out, row);
          }
        },
        shape);
  }

  private String tensor(String name, ProtobufMessage.Content content, int... shape) {
    ProtobufMessage tensor = new ProtobufMessage();
    for (int side : shape) {
      tensor.integer(1, side);
    }
    tensor.integer(2, FLOAT).text(8, name).bytes(9, 4L * count(shape), content);
    graph.message(5, tensor);
    return name;
  }

  private static int count(int... shape) {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  private static void writeFloats(OutputStream out, float[] values) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }

  private static ProtobufMessage tensorType(String name, long... shape) {
    ProtobufMessage dimensions = new ProtobufMessage();
    for (long side : shape) {
      dimensions.message(1, new ProtobufMessage().integer(1, side));
    }
    ProtobufMessage tensor = new ProtobufMessage().integer(1, FLOAT).message(2, dimensions);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }
}
