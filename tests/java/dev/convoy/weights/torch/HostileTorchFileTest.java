package dev.convoy.weights.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.convoy.ConvoyException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Files that attack or are damaged are refused with one line; nothing is run or half read. */
class HostileTorchFileTest {

  private static final long[] TWO = {2};
  private static final long[] ONE = {1};

  @TempDir Path folder;

  private record Case(String name, byte[] bytes, String mentions) {}

  private final List<Case> cases = new ArrayList<>();

  private void add(String name, byte[] bytes, String mentions) {
    cases.add(new Case(name, bytes, mentions));
  }

  /** The same object in both containers. */
  private void pickle(String name, byte[] pickle, String mentions) {
    Map<String, byte[]> storages = Map.of("0", new byte[8]);
    add(name + ", zip", TorchBytes.zip(pickle, storages), mentions);
    add(name + ", legacy", TorchBytes.legacy(pickle, storages, 4), mentions);
  }

  private static byte[] good() {
    return PickleBytes.protocol2()
        .op('}')
        .string("w")
        .tensor("FloatStorage", "0", 2, 0, TWO, ONE)
        .op('s')
        .end();
  }

  private static byte[] tensor(long elements, long offset, long[] sizes, long[] strides) {
    return PickleBytes.protocol2()
        .op('}')
        .string("w")
        .tensor("FloatStorage", "0", elements, offset, sizes, strides)
        .op('s')
        .end();
  }

  @TestFactory
  Stream<DynamicTest> isRefusedInOneLine() {
    addGlobals();
    addOpcodes();
    addTensors();
    addZips();
    addLegacy();
    addTruncations();
    assertThat(cases).hasSizeGreaterThanOrEqualTo(140);
    return cases.stream().map(one -> dynamicTest(one.name(), () -> check(one)));
  }

  private void check(Case broken) throws IOException {
    Path path = Files.write(folder.resolve("hostile.pth"), broken.bytes());
    assertThatThrownBy(() -> TorchFile.read(path))
        .isExactlyInstanceOf(ConvoyException.class)
        .hasMessageStartingWith("PyTorch file " + path + ": ")
        .hasMessageContaining(broken.mentions())
        .hasMessageMatching("[^\\p{Cntrl}\\u2028\\u2029]{1,1500}");
  }

  private void addGlobals() {
    String[][] names = {
      {"posix", "system"},
      {"nt", "system"},
      {"os", "system"},
      {"subprocess", "Popen"},
      {"builtins", "eval"},
      {"builtins", "exec"},
      {"builtins", "getattr"},
      {"__builtin__", "apply"},
      {"torch", "load"},
      {"torch.hub", "load"},
      {"torch._utils", "_rebuild_sparse_tensor"},
      {"torchvision.models.resnet", "ResNet"},
      {"numpy.core.multiarray", "scalar"},
      {"torch", "ComplexFloatStorage"},
      {"java.lang", "Runtime"},
      {"collections", "OrderedDict.fromkeys"},
      {"a\u2028b", "c"},
    };
    for (String[] name : names) {
      String shown = name[0].contains("\u2028") ? "a\\u2028b.c" : name[0] + "." + name[1];
      pickle(
          "global " + shown,
          PickleBytes.protocol2().global(name[0], name[1]).op("(").string("id").op("tR").end(),
          "names \"" + shown + "\"");
    }
    pickle(
        "global from the stack",
        PickleBytes.protocol2().string("posix").string("system").op(0x93).end(),
        "names \"posix.system\"");
    pickle("calls a string", PickleBytes.protocol2().string("f").op(")R").end(), "calls a string");
    pickle("instance of a class", new PickleBytes().op("(iposix\nsystem\n.").end(), "opcode 0x69");
    pickle("object of a class", new PickleBytes().op("(cposix\nsystem\no.").end(), "posix.system");
    pickle("extension", PickleBytes.protocol2().op(0x82).op(1).end(), "opcode 0x82");
    pickle("persistent id as text", new PickleBytes().op("Pstorage\n").end(), "opcode 0x50");
  }

  private void addOpcodes() {
    pickle("no opcode", PickleBytes.protocol2().op(0xff).end(), "opcode 0xff is unknown");
    pickle("protocol 99", new PickleBytes().op(0x80).op(99).end(), "pickle protocol 99");
    pickle("empty stack", PickleBytes.protocol2().end(), "empty stack");
    pickle("no mark", PickleBytes.protocol2().op('t').end(), "a mark that is not there");
    pickle("unknown memo", PickleBytes.protocol2().op('h').op(7).end(), "recalls value 7");
    pickle("memo 2^31", PickleBytes.protocol2().op("Nr").int32(1L << 31).end(), "value 2147483648");
    pickle("string of 2^31", new PickleBytes().op('X').int32(1L << 31).end(), "2147483648 bytes");
    pickle("string of 2^64", new PickleBytes().op(0x8d).int64(-1).end(), "18446744073709551615");
    pickle("negative string", new PickleBytes().op('T').int32(-1).end(), "the limit is");
    pickle("bytes of 2^63", new PickleBytes().op(0x8e).int64(Long.MIN_VALUE).end(), "the limit");
    pickle("integer of 2^31 bytes", new PickleBytes().op(0x8b).int32(-1).end(), "of -1 bytes");
    pickle("integer of 1 GB", new PickleBytes().op(0x8b).int32(1 << 30).end(), "the limit is 64");
    pickle("digits", new PickleBytes().op("I" + "9".repeat(500) + "\n").end(), "has 500 digits");
    pickle("no number", new PickleBytes().op("Iabc\n").end(), "\"abc\" is no whole number");
    pickle("no real", new PickleBytes().op("Fabc\n").end(), "\"abc\" is no number");
    pickle("line without end", new PickleBytes().op("S" + "a".repeat(1 << 21)).end(), "1048576");
    pickle("marks", new PickleBytes().op("(".repeat(1000)).end(), "nested deeper than 256");
    pickle("lists", new PickleBytes().op("]".repeat(1_000_001)).end(), "on the stack");
    pickle(
        "endless", new PickleBytes().op("N0".repeat(2_500_001)).op("N").end(), "5000000 opcodes");
    pickle("list in itself", new PickleBytes().op("]q\0h\0a").end(), "holds a list");
    pickle("list as key", new PickleBytes().op("}]Ns").end(), "key is a list");
    pickle("odd items", new PickleBytes().op("}(Nu").end(), "without a value");
    pickle("append to None", new PickleBytes().op("NNa").end(), "a list is needed, found None");
    pickle("attributes of None", new PickleBytes().op("N}b").end(), "sets attributes of None");
    pickle("external None", new PickleBytes().op("NQ").end(), "refers to None");
    pickle("only a number", PickleBytes.protocol2().whole(1).end(), "holds a whole number");
    pickle("empty dictionary", PickleBytes.protocol2().op('}').end(), "holds no tensors");
    pickle("no tensors", new PickleBytes().op("}").string("a\nb").op("Ns").end(), "a\\u000ab");
    PickleBytes wrapped = PickleBytes.protocol2();
    for (int i = 0; i < 6; i++) {
      wrapped.op('}').string("model");
    }
    pickle("wrapped", wrapped.op("}ssssss").end(), "wraps its parameters more than 4 times");
  }

  private void addTensors() {
    pickle("beyond storage", tensor(2, 0, new long[] {3}, ONE), "reaches beyond its storage of 2");
    pickle("offset beyond", tensor(2, 1, TWO, ONE), "reaches beyond its storage");
    pickle("offset -1", tensor(2, -1, TWO, ONE), "begins at element -1");
    pickle("stride beyond", tensor(2, 0, TWO, TWO), "reaches beyond its storage");
    pickle("stride -1", tensor(2, 1, TWO, new long[] {-1}), "stride that is no whole number");
    pickle("size -1", tensor(2, 0, new long[] {-1}, ONE), "size that is no whole number");
    pickle("ranks", tensor(2, 0, new long[] {1, 1}, ONE), "2 sizes and 1 strides");
    pickle("rank 65", tensor(2, 0, new long[65], new long[65]), "a tensor has more than 64 sizes");
    pickle(
        "overflow",
        tensor(2, 0, new long[] {1L << 62, 4}, new long[] {1L << 62, 1}),
        "reaches beyond its storage");
    pickle(
        "wraps",
        tensor(2, 0, new long[] {1L << 32, 1L << 32}, new long[] {1L << 32, 1L << 32}),
        "reaches beyond");
    pickle(
        "stride 0 bomb",
        tensor(2, 0, new long[] {1 << 28}, new long[] {0}),
        "over 100 times the file");
    pickle("stride 0 of 2^40", tensor(2, 0, new long[] {1L << 40}, new long[] {0}), "2147483647");
    pickle("storage of -1", tensor(-1, 0, TWO, ONE), "storage 0 has -1 elements");
    pickle("storage of 2^40", tensor(1L << 40, 0, TWO, ONE), "storage 0 has 1099511627776");
    for (String key : List.of("../../etc/passwd", "/0", "0/1", "", "a".repeat(100), "a\\b", ".")) {
      pickle(
          "storage key " + key,
          PickleBytes.protocol2().storage("FloatStorage", key, 2).end(),
          "keys are letters and digits");
    }
    pickle(
        "two types of one storage",
        PickleBytes.protocol2().storage("FloatStorage", "0", 2).storage("IntStorage", "0", 2).end(),
        "storage 0 is both FLOAT");
    pickle(
        "tensor of nothing",
        PickleBytes.protocol2().global("torch._utils", "_rebuild_tensor_v2").op(")R").end(),
        "argument 1 of a call is missing");
  }

  private void addZips() {
    byte[] zeros = new byte[8];
    add("no pickle", TorchBytes.zipOf(Map.of("a/b", zeros), false), "without data.pkl");
    add("empty zip", TorchBytes.zipOf(Map.of(), false), "without data.pkl");
    for (String name : List.of("../x", "a/../../x", "/etc/x", "C:\\x", "a\\..\\x", "C:x")) {
      zip("entry " + name, Map.of("a/data.pkl", good(), name, zeros), "stay within the archive");
    }
    zip("two pickles", Map.of("a/data.pkl", good(), "b/data.pkl", good()), "has several data.pkl");
    zip("no storage", Map.of("a/data.pkl", good()), "has no entry \"a/data/0\"");
    zip("short", Map.of("a/data.pkl", good(), "a/data/0", new byte[4]), "storage 0 has 4 bytes");
    zip("long", Map.of("a/data.pkl", good(), "a/data/0", new byte[12]), "storage 0 has 12 bytes");
    zip(
        "program",
        Map.of("a/data.pkl", good(), "a/constants.pkl", good(), "a/data/0", zeros),
        "is a TorchScript program");
    zip(
        "byte order",
        Map.of("a/data.pkl", good(), "a/byteorder", "pdp".getBytes(), "a/data/0", zeros),
        "byte order \"pdp\" is unknown");
    Map<String, byte[]> bomb = new LinkedHashMap<>();
    bomb.put("a/data.pkl", good());
    bomb.put("a/data/0", new byte[1 << 24]);
    add("bomb", TorchBytes.zipOf(bomb, true), "it is an attack");
    byte[] more = Arrays.copyOf(good(), good().length + 1);
    zip("bytes behind", Map.of("a/data.pkl", more, "a/data/0", zeros), "1 bytes follow");
    byte[] whole = TorchBytes.zip(good(), Map.of("0", new byte[] {1, 2, 3, 4, 5, 6, 7, 8}));
    byte[] flipped = whole.clone();
    int place = new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("\1\2\3\4");
    flipped[place] ^= 1;
    add("flipped bit", flipped, "checksum");
  }

  private void zip(String name, Map<String, byte[]> entries, String mentions) {
    add(name, TorchBytes.zipOf(new java.util.TreeMap<>(entries), false), mentions);
  }

  private void addLegacy() {
    add("other pickle", new PickleBytes().op("N").end(), "not one that torch.save wrote");
    byte[] storages = TorchBytes.legacy(good(), Map.of("0", new byte[4]), 4);
    add("other length", storages, "storage 0 has 1 elements, but its tensors say 2");
    add("foreign key", TorchBytes.legacy(good(), Map.of("1", new byte[8]), 4), "no tensor refers");
    add("no key", TorchBytes.legacy(good(), Map.of(), 4), "storage 0 is missing");
    byte[] list = TorchBytes.legacyHead().raw(good()).op(0x80).op(2).op("N").end();
    add("no list", list, "where its storages are listed");
  }

  /** Every prefix of a file lacks something. */
  private void addTruncations() {
    byte[] legacy = TorchBytes.legacy(good(), Map.of("0", new byte[8]), 4);
    byte[] zip = TorchBytes.zip(good(), Map.of("0", new byte[8]));
    for (int i = 0; i < 20; i++) {
      add("legacy cut " + i, Arrays.copyOf(legacy, legacy.length * i / 20), "");
      add("zip cut " + i, Arrays.copyOf(zip, 4 + (zip.length - 4) * i / 20), "");
    }
  }
}
