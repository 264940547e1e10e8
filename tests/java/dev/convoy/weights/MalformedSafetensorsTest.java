package dev.convoy.weights;

import static dev.convoy.weights.SafetensorsBytes.claiming;
import static dev.convoy.weights.SafetensorsBytes.entry;
import static dev.convoy.weights.SafetensorsBytes.file;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every way to break a file that we know of is refused with one line that says what is wrong. */
class MalformedSafetensorsTest {

  private static final int MUTATIONS = 10_000;

  @TempDir Path folder;

  private record Case(String name, byte[] bytes, List<String> mentions) {}

  private final List<Case> cases = new ArrayList<>();

  private void add(String name, byte[] bytes, String... mentions) {
    cases.add(new Case(name, bytes, List.of(mentions)));
  }

  /** One tensor "w" and 8 bytes of data. */
  private void tensor(String name, String dtype, String shape, String offsets, String... mentions) {
    add(name, file("{" + entry("w", dtype, shape, offsets) + "}", 8), withTensor(mentions));
  }

  private void json(String name, String header, String... mentions) {
    add(name, file(header, 8), mentions);
  }

  private static String[] withTensor(String... mentions) {
    return Stream.concat(Stream.of("tensor \"w\": "), Stream.of(mentions)).toArray(String[]::new);
  }

  @TestFactory
  Stream<DynamicTest> isRefusedInOneLine() {
    addLengthCases();
    addJsonCases();
    addNameAndMetadataCases();
    addDTypeAndShapeCases();
    addOffsetCases();
    addLayoutCases();
    assertThat(cases).hasSizeGreaterThanOrEqualTo(80);
    return cases.stream().map(broken -> dynamicTest(broken.name(), () -> check(broken)));
  }

  private void check(Case broken) throws IOException {
    Path path = folder.resolve("broken.safetensors");
    Files.write(path, broken.bytes());
    assertThatThrownBy(() -> Safetensors.read(path))
        .isExactlyInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("safetensors file " + path + ": ")
        .hasMessageMatching("[^\\p{Cntrl}\\u2028\\u2029]{1,1000}")
        .satisfies(e -> assertThat(e.getMessage()).contains(broken.mentions()));
  }

  private void addLengthCases() {
    byte[] header = "{}".getBytes(UTF_8);
    add("empty file", new byte[0], "has 0 bytes", "at least the 8");
    add("seven bytes", new byte[7], "has 7 bytes");
    add("header length 0", claiming(0, header, 0), "header length 0", "cannot be empty");
    add("only a length of 0", new byte[8], "header length 0");
    add("length beyond file", claiming(3, header, 0), "header length 3", "only 2 bytes follow");
    add("length just at limit", claiming(100_000_000, header, 0), "length 100000000: only 2 bytes");
    add("length over limit", claiming(100_000_001, header, 0), "100000001", "limit is 100000000");
    add("length 2^31", claiming(1L << 31, header, 0), "header length 2147483648");
    add("length 2^32+2", claiming((1L << 32) + 2, header, 0), "header length 4294967298");
    add("length -1", claiming(-1, header, 0), "header length 18446744073709551615");
    add("length -2^63", claiming(Long.MIN_VALUE, header, 0), "header length 9223372036854775808");
    add("length cuts JSON", claiming(1, header, 1), "not valid JSON");
  }

  private void addJsonCases() {
    json("array", "[]", "begins with byte 0x5b", "must be a JSON object");
    json("string", "\"w\"", "begins with byte 0x22");
    json("null", "null", "begins with byte 0x6e");
    json("leading space", " {}", "begins with byte 0x20");
    json("byte order mark", "\ufeff{}", "begins with byte 0xef");
    add("UTF-16", file("{}".getBytes(UTF_16LE), 0), "not valid JSON");
    add("Latin-1", file("{\"\u00e4\":1}".getBytes(ISO_8859_1), 0), "not valid UTF-8");
    add("overlong UTF-8", file("{\"\u00c0\u0080\":1}".getBytes(ISO_8859_1), 0), "not valid UTF-8");
    add("surrogate", file("{\"\u00ed\u00a0\u0080\":1}".getBytes(ISO_8859_1), 0), "valid UTF-8");
    add("cut UTF-8", file("{}\u00f0\u009f".getBytes(ISO_8859_1), 0), "not valid");
    json("unclosed", "{", "not valid JSON");
    json("unclosed entry", "{\"w\":{\"dtype\":\"F32\"", "tensor \"w\": is not valid JSON");
    json("unclosed shape", "{\"w\":{\"shape\":[1", "tensor \"w\": is not valid JSON");
    json("unquoted name", "{w:1}", "not valid JSON");
    json("comment", "{/*c*/}", "not valid JSON");
    json("trailing comma", "{\"__metadata__\":{},}", "not valid JSON");
    json("second object", "{}{}", "more JSON after its object");
    json("zero bytes as padding", "{}\0\0", "not valid JSON");
    json("NaN", "{\"w\":NaN}", "not valid JSON");
    json("raw line break in name", "{\"a\nb\":1}", "not valid JSON");
    json("deep nesting", "{\"w\":" + "[".repeat(100_000), "tensor \"w\": is an array");
    json("deep shape", "{\"w\":{\"shape\":" + "[".repeat(100_000), "shape contains an array");
    json("long number", "{\"w\":{\"shape\":[" + "9".repeat(100_000) + "]}}", "not valid JSON");
    json("long name", "{\"" + "n".repeat(100_000) + "\":1}", "not valid JSON");
  }

  private void addNameAndMetadataCases() {
    String good = entry("w", "F32", "[1]", "[0,4]");
    json("duplicate tensor", "{" + good + "," + good + "}", "header: ", "Duplicate field 'w'");
    json("duplicate, escaped", "{" + good + ",\"\\u0077\":{}}", "Duplicate field 'w'");
    json(
        "empty name", "{" + entry("", "F32", "[2]", "[0,8]") + "}", "tensor \"\"", "name is empty");
    json("escaped line break in name", "{\"a\\nb\":{}}", "tensor \"a\\u000ab\"", "U+000A");
    json("escaped NUL in name", "{\"a\\u0000\":{}}", "U+0000", "control characters");
    json("C1 control in name", "{\"a\u0085\":{}}", "U+0085");
    json("line separator in name", "{\"a\u2028\":{}}", "U+2028");
    json("unpaired surrogate in name", "{\"a\\ud800\":{}}", "U+D800", "unpaired surrogates");
    json("metadata is a string", "{\"__metadata__\":\"x\"}", "__metadata__: is \"x\"", "object");
    json("metadata is null", "{\"__metadata__\":null}", "__metadata__: is null");
    json("metadata number", "{\"__metadata__\":{\"k\":1}}", "__metadata__", "\"k\" is 1", "string");
    json("metadata null", "{\"__metadata__\":{\"k\":null}}", "\"k\" is null");
    json("metadata nested", "{\"__metadata__\":{\"k\":{}}}", "\"k\" is an object");
    json("metadata surrogate", "{\"__metadata__\":{\"k\":\"\\udc00\"}}", "\"k\"", "surrogate");
    json("duplicate key", "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", "Duplicate field 'k'");
    json("two metadata", "{\"__metadata__\":{},\"__metadata__\":{}}", "'__metadata__'");
    json("too many tensors", manyTensors(65_537), "more than 65536 tensors");
    json("too much metadata", manyKeys(65_537), "__metadata__: has more than 65536 entries");
  }

  private void addDTypeAndShapeCases() {
    tensor(
        "bool", "BOOL", "[8]", "[0,8]", "dtype \"BOOL\" is not supported", "F32, F16, BF16, F64");
    tensor("unsigned shorts", "U16", "[4]", "[0,8]", "\"U16\" is not supported");
    tensor("short", "I16", "[4]", "[0,8]", "\"I16\" is not supported");
    tensor("float8", "F8_E4M3", "[8]", "[0,8]", "\"F8_E4M3\" is not supported");
    tensor("unknown dtype", "F33", "[2]", "[0,8]", "dtype \"F33\" is unknown");
    tensor("lower case", "f32", "[2]", "[0,8]", "dtype \"f32\" is unknown");
    tensor("shape is a number", "F32", "2", "[0,8]", "shape is 2; it must be an array");
    tensor("shape is null", "F32", "null", "[0,8]", "shape is null");
    tensor("shape of strings", "F32", "[\"2\"]", "[0,8]", "shape contains \"2\"");
    tensor("fractional extent", "F32", "[2.0]", "[0,8]", "shape contains 2.0", "whole numbers");
    tensor("exponent", "F32", "[2e0]", "[0,8]", "shape contains 2e0");
    tensor("negative extent", "F32", "[-2]", "[0,8]", "shape contains -2");
    tensor("two negatives", "F32", "[-1,-2]", "[0,8]", "shape contains -1");
    tensor("extent 0", "F32", "[2,0]", "[0,0]", "extent of 0", "without elements");
    tensor("extent 2^31", "U8", "[2147483648]", "[0,8]", "extent 2147483648", "at most 2147483647");
    tensor("2^32+2 wraps", "F32", "[4294967298]", "[0,8]", "4294967298");
    tensor("extent 2^63", "F32", "[9223372036854775808]", "[0,8]", "9223372036854775808");
    tensor("wraps to 4", "U8", "[4194305,4194305,211106198978564]", "[0,4]", "extent 4194305");
    tensor("wraps to 0", "U8", "[65536,65536,65536,65536]", "[0,0]", "extent 65536");
    tensor("65 extents", "F32", "[" + "1,".repeat(64) + "1]", "[0,4]", "more than 64 extents");
    String dims = "[2147483647]";
    tensor("bytes over limit", "F64", dims, "[0,17179869176]", "17179869176 bytes", "2147483647");
    json("entry is a number", "{\"w\":1}", withTensor("is 1; it must be an object"));
    json("entry is null", "{\"w\":null}", withTensor("is null"));
    json("dtype number", "{\"w\":{\"dtype\":1}}", withTensor("dtype is 1; it must be a string"));
    json("dtype missing", "{\"w\":{\"shape\":[],\"data_offsets\":[0,4]}}", withTensor("no dtype"));
    json("shape missing", "{\"w\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}", "no shape");
    json("unknown field", "{\"w\":{\"strides\":[1]}}", withTensor("field \"strides\"", "allowed"));
    json("duplicate field", "{\"w\":{\"shape\":[],\"shape\":[]}}", withTensor("field 'shape'"));
  }

  private void addOffsetCases() {
    json("no offsets", "{\"w\":{\"dtype\":\"U8\",\"shape\":[8]}}", withTensor("no data_offsets"));
    tensor("offsets null", "F32", "[2]", "null", "data_offsets is null");
    tensor("no numbers", "F32", "[2]", "[]", "data_offsets has 0 numbers", "[begin, end]");
    tensor("one number", "F32", "[2]", "[0]", "data_offsets has 1 numbers");
    tensor("three numbers", "F32", "[2]", "[0,8,8]", "data_offsets has more than 2 numbers");
    tensor("string offset", "F32", "[2]", "[0,\"8\"]", "data_offsets contains \"8\"");
    tensor("fractional offset", "F32", "[2]", "[0,8.0]", "data_offsets contains 8.0");
    tensor("negative offset", "F32", "[2]", "[-8,0]", "data_offsets contains -8");
    tensor("offset 2^63", "F32", "[2]", "[0,9223372036854775808]", "9223372036854775808");
    tensor("reversed", "F32", "[2]", "[8,0]", "data_offsets [8, 0] are reversed");
    tensor("beyond file", "F32", "[3]", "[0,12]", "[0, 12] end beyond the file's 8 bytes");
    tensor("far beyond", "U8", "[8]", "[9223372036854775799,9223372036854775807]", "end beyond");
    tensor("too few bytes", "F32", "[2]", "[0,4]", "hold 4 bytes", "f32[2] has 8");
    tensor("too many bytes", "F32", "[1]", "[0,8]", "hold 8 bytes", "f32[1] has 4");
    tensor("scalar of 8 bytes", "F32", "[]", "[0,8]", "hold 8 bytes", "f32[scalar] has 4");
  }

  private void addLayoutCases() {
    tensor("hole at start", "F32", "[1]", "[4,8]", "begins at byte 4, a hole after the start");
    json(
        "trailing bytes",
        "{" + entry("w", "F32", "[1]", "[0,4]") + "}",
        "4 trailing bytes after the last tensor's end at 4");
    json("data without tensors", "{}", "8 trailing bytes");
    String first = entry("a", "U8", "[3]", "[0,3]");
    json(
        "hole",
        "{" + first + "," + entry("b", "U8", "[4]", "[4,8]") + "}",
        "tensor \"b\": begins at byte 4, a hole after tensor \"a\", which ends at 3");
    json(
        "overlap",
        "{" + entry("b", "U8", "[6]", "[2,8]") + "," + first + "}",
        "tensor \"b\": begins at byte 2, an overlap after tensor \"a\", which ends at 3");
    json(
        "same place twice",
        "{" + entry("a", "F32", "[2]", "[0,8]") + "," + entry("b", "F64", "[]", "[0,8]") + "}",
        "tensor \"b\": begins at byte 0, an overlap after tensor \"a\", which ends at 8");
  }

  private static String manyTensors(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> entry("t" + i, "U8", "[1]", "[" + i + "," + (i + 1) + "]"))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String manyKeys(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"" + i + "\":\"\"")
        .collect(Collectors.joining(",", "{\"__metadata__\":{", "}}"));
  }

  @Test
  void refusesWhatIsNoFile() {
    assertThatThrownBy(() -> Safetensors.read(folder))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("safetensors file " + folder + ": is not a regular file");
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> Safetensors.read(missing))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("safetensors file " + missing + ": does not exist; check the path");
  }

  /** The file is sparse: it claims 200 GB and occupies nothing. */
  @Test
  void refusesMoreThanTheHeapHolds() throws IOException {
    Path path = folder.resolve("sparse");
    long tensorBytes = 2_000_000_000L;
    int count = 100;
    String header =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    entry(
                        "t" + i,
                        "U8",
                        "[" + tensorBytes + "]",
                        "[" + i * tensorBytes + "," + (i + 1) * tensorBytes + "]"))
            .collect(Collectors.joining(",", "{", "}"));
    Files.write(path, file(header, 0));
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(sparse.length() + count * tensorBytes);
    }
    assertThatThrownBy(() -> Safetensors.read(path))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("holds 200000000000 bytes of tensors")
        .hasMessageContaining("-Xmx");
  }

  @Test
  void mutatedFilesAreReadOrRefused() throws IOException {
    byte[] valid = SafetensorsTest.referenceBytes();
    Random random = new Random(20_261_120);
    Path path = folder.resolve("mutated.safetensors");
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = mutate(valid, random);
      Files.write(path, mutated);
      try {
        Safetensors read = Safetensors.read(path);
        read.tensors().values().forEach(tensor -> assertThat(tensor.toDoubles()).isNotEmpty());
      } catch (ConvoyException e) {
        assertThat(e.getMessage()).contains(path.toString()).doesNotContain("\n", "\r");
        refused++;
      }
    }
    // Mutations of the data alone give valid files: both outcomes must occur.
    assertThat(refused).isBetween(MUTATIONS / 2, MUTATIONS - 100);
  }

  private static byte[] mutate(byte[] valid, Random random) {
    byte[] bytes = valid.clone();
    for (int change = random.nextInt(4); change >= 0; change--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] = (byte) "0123456789-{}[],:\"\\e. ".charAt(random.nextInt(22));
        case 3 -> bytes = Arrays.copyOf(bytes, at + 1);
        case 4 -> {
          int from = random.nextInt(bytes.length);
          int count = Math.min(random.nextInt(40), bytes.length - Math.max(at, from));
          System.arraycopy(bytes, from, bytes, at, count);
        }
        default -> {
          byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
          System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
          bytes = longer;
        }
      }
    }
    return bytes;
  }
}
