package dev.convoy.onnx.format;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.convoy.ConvoyException;
import dev.convoy.onnx.OnnxModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every way to break an ONNX file that we know of is refused with one line that says what. */
class MalformedOnnxTest {

  private static final int MUTATIONS = 4_000;
  private static final long FLOAT = 1;

  @TempDir private Path folder;

  private record Case(String name, byte[] bytes, List<String> mentions) {}

  private final List<Case> cases = new ArrayList<>();

  private void add(String name, byte[] bytes, String... mentions) {
    cases.add(new Case(name, bytes, List.of(mentions)));
  }

  private void add(String name, ProtobufMessage model, String... mentions) {
    add(name, bytes(model), mentions);
  }

  @TestFactory
  Stream<DynamicTest> isRefusedInOneLine() {
    addFileCases();
    addWireCases();
    addTensorCases();
    addExternalCases();
    addGraphCases();
    addInputCases();
    assertThat(cases).hasSizeGreaterThanOrEqualTo(70);
    return cases.stream().map(broken -> dynamicTest(broken.name(), () -> check(broken)));
  }

  private void check(Case broken) throws IOException {
    Path path = folder.resolve("broken.onnx");
    Files.write(path, broken.bytes());
    assertThatThrownBy(() -> OnnxModel.read(path))
        .isExactlyInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("ONNX file " + path + ": ")
        .hasMessageMatching("[^\\p{Cntrl}\\u2028\\u2029]{1,1200}")
        .satisfies(e -> assertThat(e.getMessage()).contains(broken.mentions()));
  }

  /** Pictures N×1×4×4, a 3×3 convolution with one filter, its average: all that a file needs. */
  static ProtobufMessage whole() {
    return model(graph(weight(tensor("w", 1, 1, 3, 3)), conv(), mean()));
  }

  private static ProtobufMessage model(ProtobufMessage graph) {
    return model(graph, 17);
  }

  private static ProtobufMessage model(ProtobufMessage graph, long operatorSet) {
    return new ProtobufMessage()
        .integer(1, 8)
        .message(8, new ProtobufMessage().text(1, "").integer(2, operatorSet))
        .message(7, graph);
  }

  private record Part(int field, ProtobufMessage message) {}

  private static Part node(String operator, String inputs, String outputs, Part... attributes) {
    ProtobufMessage node = new ProtobufMessage();
    for (String input : inputs.split(" ")) {
      node.text(1, input);
    }
    for (String output : outputs.split(" ")) {
      node.text(2, output);
    }
    node.text(3, operator + " node").text(4, operator);
    for (Part attribute : attributes) {
      node.message(attribute.field(), attribute.message());
    }
    return new Part(1, node);
  }

  private static Part conv(Part... attributes) {
    return node("Conv", "x w", "h", attributes);
  }

  private static Part mean() {
    return node("GlobalAveragePool", "h", "y");
  }

  private static Part weight(ProtobufMessage tensor) {
    return new Part(5, tensor);
  }

  private static ProtobufMessage shape(String name, long... dims) {
    ProtobufMessage tensor = new ProtobufMessage();
    for (long dim : dims) {
      tensor.integer(1, dim);
    }
    return tensor.integer(2, FLOAT).text(8, name);
  }

  private static ProtobufMessage tensor(String name, int... dims) {
    int count = Arrays.stream(dims).reduce(1, Math::multiplyExact);
    return shape(name, Arrays.stream(dims).asLongStream().toArray())
        .bytes(9, ByteBuffer.allocate(4 * count));
  }

  private static ProtobufMessage value(String name, long type, Long... dims) {
    ProtobufMessage shape = new ProtobufMessage();
    for (Long dim : dims) {
      shape.message(
          1,
          dim == null ? new ProtobufMessage().text(2, "N") : new ProtobufMessage().integer(1, dim));
    }
    ProtobufMessage tensor = new ProtobufMessage().integer(1, type).message(2, shape);
    return new ProtobufMessage().text(1, name).message(2, new ProtobufMessage().message(1, tensor));
  }

  private static ProtobufMessage graph(Part... parts) {
    return graph(value("x", FLOAT, null, 1L, 4L, 4L), "y", parts);
  }

  private static ProtobufMessage graph(ProtobufMessage input, String output, Part... parts) {
    ProtobufMessage graph = new ProtobufMessage();
    for (Part part : parts) {
      graph.message(part.field(), part.message());
    }
    return graph.message(11, input).message(12, value(output, FLOAT, null, 1L));
  }

  private static ProtobufMessage withWeight(ProtobufMessage tensor) {
    return model(graph(weight(tensor), conv(), mean()));
  }

  private static Part integers(String name, long... values) {
    ProtobufMessage attribute = new ProtobufMessage().text(1, name);
    for (long value : values) {
      attribute.integer(8, value);
    }
    return new Part(5, attribute.integer(20, AttributeProto.INTS));
  }

  static byte[] bytes(ProtobufMessage message) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      message.writeTo(Channels.newChannel(out));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return out.toByteArray();
  }

  @Test
  void wholeFileIsRead() throws IOException {
    Path path = Files.write(folder.resolve("whole.onnx"), bytes(whole()));
    assertThat(OnnxModel.read(path).weights()).containsOnlyKeys("w");
  }

  private void addFileCases() {
    add("empty file", new byte[0], "holds no graph");
    add("text", "PK not an ONNX file".getBytes(UTF_8), "no protobuf from byte");
    add("zeros", new byte[100], "no protobuf from byte");
    byte[] whole = bytes(whole());
    for (int part = 1; part < 16; part++) {
      int length = whole.length * part / 16;
      add("truncated to " + length, Arrays.copyOf(whole, length), "");
    }
    add("last byte missing", Arrays.copyOf(whole, whole.length - 1), "no protobuf from byte");
    add("no graph", new ProtobufMessage().integer(1, 8), "holds no graph");
    add("no operator set", new ProtobufMessage().message(7, graph()), "output \"y\"");
    ProtobufMessage unversioned =
        new ProtobufMessage().message(7, graph(weight(tensor("w", 1, 1, 3, 3)), conv(), mean()));
    add("operator set 0", unversioned, "operator set 0 is not supported");
    ProtobufMessage graph = graph(weight(tensor("w", 1, 1, 3, 3)), conv(), mean());
    add("operator set 6", model(graph, 6), "operator set 6", "7 to 21");
    add("operator set 99", model(graph, 99), "operator set 99");
    add("operator set -1", model(graph, -1), "operator set -1");
  }

  private void addWireCases() {
    add("graph is a number", new ProtobufMessage().integer(7, 1), "field 7", "wire type 0", "2");
    add("version is text", new ProtobufMessage().text(1, "8"), "field 1 of ModelProto", "type 2");
    add("node is a number", model(new ProtobufMessage().integer(1, 5)), "field 1 of GraphProto");
    add(
        "operator is a number",
        model(new ProtobufMessage().message(1, new ProtobufMessage().integer(4, 5))),
        "field 4 of NodeProto");
    add("raw data is a number", withWeight(shape("w", 1).integer(9, 3)), "field 9 of TensorProto");
    add("group", new byte[] {0x4b, 0x4c}, "is a group");
    add("wire type 6", new byte[] {0x0e, 1}, "wire type 6");
    add("field 0", new byte[] {0x00, 1}, "no protobuf");
    add("varint of 11 bytes", filled(11, 0x08, 0xff), "no protobuf");
    add("length beyond the file", new byte[] {0x3a, (byte) 0xff, 0x7f, 0}, "no protobuf");
    add("negative length", filled(11, 0x3a, 0xff, 0x01), "no protobuf");
    byte[] noText = {0x12, 2, (byte) 0xc3, 0x28};
    add("name is no UTF-8", noText, "no protobuf");
    ProtobufMessage nested = graph();
    for (int depth = 0; depth < 60; depth++) {
      ProtobufMessage attribute = new ProtobufMessage().text(1, "g").message(6, nested);
      nested = new ProtobufMessage().message(1, new ProtobufMessage().message(5, attribute));
    }
    add("nested 180 deep", model(nested), "nested deeper than 100");
    ProtobufMessage crowd = new ProtobufMessage();
    byte[] manyNodes = new byte[2_100_000];
    for (int i = 0; i < manyNodes.length; i += 2) {
      manyNodes[i] = 0x0a;
    }
    add("a million nodes", crowd.bytes(7, ByteBuffer.wrap(manyNodes)), "more than 1000000");
  }

  /** First byte, then a filling byte, then, if given, a last one. */
  private static byte[] filled(int length, int first, int filling, int... last) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) filling);
    bytes[0] = (byte) first;
    for (int value : last) {
      bytes[length - 1] = (byte) value;
    }
    return bytes;
  }

  private void addTensorCases() {
    ByteBuffer some = ByteBuffer.allocate(36);
    String w = "tensor \"w\": ";
    add("too few bytes", withWeight(shape("w", 1, 1, 3, 4).bytes(9, some)), w, "48", "36");
    add("too many bytes", withWeight(shape("w", 1, 1, 3, 2).bytes(9, some)), w, "24", "36");
    add("no bytes", withWeight(shape("w", 1, 1, 3, 3)), w, "needs 36 bytes, the file has 0");
    add("negative extent", withWeight(shape("w", 1, 1, -3, -3).bytes(9, some)), w, "extent -3");
    add("extent 2^31", withWeight(shape("w", 1L << 31).bytes(9, some)), w, "2147483648");
    add("extent 2^63", withWeight(shape("w", Long.MIN_VALUE).bytes(9, some)), w, "must be in");
    add(
        "product wraps to 36",
        withWeight(shape("w", 1 << 16, 1 << 16, 1 << 16, 1 << 16).bytes(9, some)),
        w,
        "more than 2147483647 bytes");
    add(
        "zero hides a large product",
        withWeight(shape("w", 0, 1 << 30, 1 << 30).bytes(9, some)),
        w,
        "more than 2147483647 bytes");
    add("terabytes", withWeight(shape("w", 1 << 20, 1 << 20)), w, "more than 2147483647");
    add("65 extents", withWeight(shape("w", new long[65])), "more than 64 extents");
    add("no element type", withWeight(new ProtobufMessage().text(8, "w")), w, "element type 0");
    add("text", withWeight(new ProtobufMessage().text(8, "w").integer(2, 8)), "element type 8");
    add("complex", withWeight(new ProtobufMessage().text(8, "w").integer(2, 14)), "type 14");
    add(
        "segment",
        withWeight(shape("w", 1).message(3, new ProtobufMessage())),
        w,
        "stored in segments");
    add("half a float", withWeight(shape("w", 1).bytes(4, ByteBuffer.allocate(3))), "3 bytes");
    add("extent 0", withWeight(shape("w", 0, 1, 3, 3)), "Conv node", "0×1×3×3");
    ProtobufMessage bad = new ProtobufMessage().text(1, "pads").integer(20, 4);
    add(
        "tensor attribute without tensor",
        model(graph(weight(tensor("w", 1, 1, 3, 3)), conv(new Part(5, bad)), mean())),
        "attribute \"pads\"",
        "holds none");
  }

  static ProtobufMessage external(Map<String, String> entries) {
    ProtobufMessage tensor = shape("w", 1, 1, 3, 3).integer(14, 1);
    entries.forEach(
        (key, value) -> tensor.message(13, new ProtobufMessage().text(1, key).text(2, value)));
    return withWeight(tensor);
  }

  private void external(String name, Map<String, String> entries, String... mentions) {
    add(name, external(entries), mentions);
  }

  private void addExternalCases() {
    external("no location", Map.of(), "relative to the model's folder");
    external("absolute", Map.of("location", "/etc/passwd"), "relative to the model's folder");
    external("up", Map.of("location", "../secret"), "leads out of the model's folder");
    external("up inside", Map.of("location", "a/../../secret"), "leads out of");
    external("backslash", Map.of("location", "\\\\host\\share"), "relative");
    external("NUL", Map.of("location", "a\0b"), "no path");
    external("missing", Map.of("location", "missing.bin"), "there is no such file");
    external("folder", Map.of("location", "."), "no such file");
    external("symbolic link", Map.of("location", "link.bin"), "symbolic link");
    external("through a linked folder", Map.of("location", "linked/data.bin"), "symbolic link");
    external("hard link", Map.of("location", "hard.bin"), "hard link");
    external("too short", Map.of("location", "data.bin", "offset", "8"), "beyond the file's 40");
    external("offset -1", Map.of("location", "data.bin", "offset", "-1"), "at least 0");
    external("offset text", Map.of("location", "data.bin", "offset", "x"), "whole number");
    String far = Long.toString(Long.MAX_VALUE);
    external("far offset", Map.of("location", "data.bin", "offset", far), "beyond");
    external("wrong length", Map.of("location", "data.bin", "length", "40"), "needs 36 bytes");
  }

  @BeforeEach
  void filesForExternalData() throws IOException {
    Path outside = Files.createDirectory(folder.resolve("outside"));
    Files.write(outside.resolve("data.bin"), new byte[36]);
    Files.write(folder.resolve("data.bin"), new byte[40]);
    Files.write(folder.resolve("original.bin"), new byte[36]);
    Files.createLink(folder.resolve("hard.bin"), folder.resolve("original.bin"));
    Files.createSymbolicLink(folder.resolve("link.bin"), outside.resolve("data.bin"));
    Files.createSymbolicLink(folder.resolve("linked"), outside);
  }

  @Test
  void plainExternalDataIsRead() throws IOException {
    Path path = folder.resolve("external.onnx");
    Files.write(path, bytes(external(Map.of("location", "data.bin", "offset", "4"))));
    assertThat(OnnxModel.read(path).weights().get("w").shape()).hasToString("1×1×3×3");
  }

  private void addGraphCases() {
    Part w = weight(tensor("w", 1, 1, 3, 3));
    add("cycle", model(graph(w, node("Add", "x h", "y"), node("Relu", "y", "h"))), "a cycle");
    add("reads itself", model(graph(w, node("Add", "x y", "y"))), "a cycle", "Add node");
    add("wrong order", model(graph(w, mean(), conv())), "out of order");
    add("missing input", model(graph(conv(), mean())), "reads \"w\"", "Conv node");
    add("output twice", model(graph(w, conv(), conv(), mean())), "makes \"h\"", "unique");
    add("output is an input", model(graph(node("Relu", "x", "x"))), "makes \"x\"");
    add("output is a weight", model(graph(w, node("Relu", "x", "w"))), "makes \"w\"");
    add("weight twice", model(graph(w, w, conv(), mean())), "initialiser \"w\"", "twice");
    add("nobody makes the output", model(graph(w, conv())), "output \"y\"");
    add(
        "nameless weight",
        model(graph(w, weight(tensor("", 1)), conv(), mean())),
        "names are not empty");
    add("line break", model(graph(weight(tensor("a\nb", 1)), mean())), "a\\u000ab");
    add(
        "attribute twice",
        model(graph(w, conv(integers("pads"), integers("pads")), mean())),
        "twice");
    add(
        "unknown operator",
        model(graph(node("NonMaxSuppression", "x", "y"))),
        "node \"NonMaxSuppression node\" (NonMaxSuppression)",
        "supported are",
        "Conv,");
    ProtobufMessage foreign = node("Conv", "x w", "y").message().text(7, "com.example");
    add("foreign domain", model(graph(w, new Part(1, foreign))), "of com.example");
    add("wrong pads", model(graph(w, conv(integers("pads", 1, 1)), mean())), "pads has 2 entries");
    add("stride 0", model(graph(w, conv(integers("strides", 0, 1)), mean())), "strides 0");
    add(
        "stride 2^32+1",
        model(graph(w, conv(integers("strides", (1L << 32) + 1, 1)), mean())),
        "strides");
    add("kernel too large", withWeight(tensor("w", 1, 1, 9, 9)), "Conv node", "smaller than");
    add("wrong channels", withWeight(tensor("w", 1, 2, 3, 3)), "Conv node", "C3");
    add("flat weight", withWeight(tensor("w", 9)), "Conv node", "pictures");
    Part target = weight(longs("t", 1L << 40, 1L << 40));
    add("huge reshape", model(graph(target, node("Reshape", "x t", "y"))), "Reshape node");
    Part hugeFill = node("ConstantOfShape", "t", "y");
    add("huge fill", model(graph(target, hugeFill)), "ConstantOfShape node");
    Part large = weight(longs("t", 1 << 30));
    add(
        "large fill",
        model(graph(large, node("ConstantOfShape", "t", "y"))),
        "asks for 4294967296");
    Part wide = weight(longs("t", 2, 1 << 15, 1 << 15, 4));
    add("huge expand", model(graph(wide, node("Expand", "x t", "y"))), "2147483647");
    Part none = weight(longs("t"));
    add("padding of nothing", model(graph(none, node("Pad", "x t", "y"))), "pads has 0 entries");
    add("too few inputs", model(graph(node("Add", "x", "y"))), "input 1 is missing");
    add("constant output", model(graph(target, node("Identity", "t", "y"))), "does not depend");
  }

  private static ProtobufMessage longs(String name, long... values) {
    ProtobufMessage tensor = new ProtobufMessage().integer(1, values.length).integer(2, 7);
    for (long value : values) {
      tensor.integer(7, value);
    }
    return tensor.text(8, name);
  }

  private void addInputCases() {
    Part w = weight(tensor("w", 1, 1, 3, 3));
    add("negative input", graphWithInput(value("x", FLOAT, null, 1L, -4L, 4L), w), "extent -4");
    add("flat input", graphWithInput(value("x", FLOAT, null, 16L), w), "must be N×C×H×W");
    add("whole numbers", graphWithInput(value("x", 7, null, 1L, 4L, 4L), w), "floating-point");
    add("huge input", graphWithInput(value("x", FLOAT, null, 1L << 20, 1L << 20, 1L), w), "");
    ProtobufMessage two = graph(w, conv(), mean()).message(11, value("z", FLOAT, null, 1L, 4L, 4L));
    add("two inputs", model(two), "2 inputs (x, z)");
    add("input twice", model(graph(w, conv(), mean()).message(11, value("x", FLOAT))), "twice");
    Part mixing = node("ReduceMean", "x", "y", integers("axes", 0));
    add("mixes the batch", model(graph(mixing)), "for 2 pictures its output is");
  }

  private static ProtobufMessage graphWithInput(ProtobufMessage input, Part weight) {
    return model(graph(input, "y", weight, conv(), mean()));
  }

  @Test
  void mutatedFilesAreReadOrRefused() throws IOException {
    byte[] valid = bytes(whole());
    Random random = new Random(20_261_121);
    Path path = folder.resolve("mutated.onnx");
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      Files.write(path, mutate(valid, random));
      try {
        OnnxModel.read(path)
            .weights()
            .values()
            .forEach(t -> assertThat(t.toDoubles()).isNotEmpty());
      } catch (ConvoyException e) {
        assertThat(e.getMessage()).contains(path.toString()).doesNotContain("\n", "\r");
        refused++;
      }
    }
    // Mutations of names and numbers alone give valid files: both outcomes must occur.
    assertThat(refused).isBetween(MUTATIONS / 4, MUTATIONS - 50);
  }

  private static byte[] mutate(byte[] valid, Random random) {
    byte[] bytes = valid.clone();
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = Arrays.copyOf(bytes, at + 1);
        default -> bytes[at]++;
      }
    }
    return bytes;
  }
}
