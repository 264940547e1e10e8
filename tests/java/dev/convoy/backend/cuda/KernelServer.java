package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All kernels compiled for the CPU, one process an element type, that launches what it is sent.
 * With {@code -Dcuda.sanitizer=address} the process runs under AddressSanitizer.
 */
public final class KernelServer {

  private static final Path KERNELS = Path.of("cuda-kernels");
  private static final Path NATIVE = Path.of("tests/native");
  private static final Path BUILD = Path.of("target/cuda-on-host");
  private static final Pattern ENTRY = Pattern.compile("ENTRY\\((\\w+)\\)");
  private static final Map<DType, KernelServer> RUNNING = new EnumMap<>(DType.class);

  private final Process process;
  private final OutputStream requests;
  private final DataInputStream answers;
  private boolean ended;

  /** A buffer of a launch; what the kernel wrote is in it afterwards. */
  public record Buffer(byte[] content) {}

  /** The address of a buffer that stands in another one. */
  public record Address(int table, long offset, int target) {}

  private KernelServer(Path program) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(program.toAbsolutePath().toString());
    builder.environment().put("ASAN_OPTIONS", "detect_leaks=0:detect_stack_use_after_return=0");
    process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    requests = new BufferedOutputStream(process.getOutputStream(), 1 << 16);
    answers = new DataInputStream(process.getInputStream());
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy));
  }

  /** Why kernels cannot be run here, or null. */
  public static @Nullable String unavailable() {
    try {
      Process compiler = new ProcessBuilder("g++", "--version").start();
      compiler.getInputStream().readAllBytes();
      return compiler.waitFor() == 0 ? null : "g++ does not run";
    } catch (IOException e) {
      return "g++ is not installed";
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The server of an element type; compiled at the first use. */
  public static synchronized KernelServer of(DType element) {
    KernelServer running = RUNNING.get(element);
    if (running != null && running.ended) {
      RUNNING.remove(element);
    }
    return RUNNING.computeIfAbsent(
        element,
        type -> {
          try {
            return new KernelServer(compile(type));
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  /** Source files of kernels, without their ending. */
  public static List<String> sources() {
    try (Stream<Path> files = Files.list(KERNELS)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".cu"))
          .map(name -> name.substring(0, name.length() - 3))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Names of the kernels in a source file. */
  public static List<String> kernels(String source) {
    return ENTRY.matcher(KernelSource.text(source + ".cu")).results().map(m -> m.group(1)).toList();
  }

  private static Path compile(DType element) throws IOException, InterruptedException {
    Files.createDirectories(BUILD);
    Path source = BUILD.resolve("kernels_" + element + ".cpp");
    Path program = BUILD.resolve("kernels_" + element);
    Files.writeString(source, program());
    List<String> command =
        new ArrayList<>(
            List.of("g++", "-std=c++17", "-O1", "-Wall", "-Wno-unknown-pragmas", "-Wno-unused"));
    command.addAll(List.of("-Wno-maybe-uninitialized", "-fno-strict-aliasing"));
    String sanitizer = System.getProperty("cuda.sanitizer", "");
    if (!sanitizer.isEmpty()) {
      command.addAll(List.of("-g", "-fsanitize=" + sanitizer));
    }
    command.addAll(List.of("-DELEMENT_" + element, "-I" + NATIVE, "-I" + KERNELS));
    command.addAll(List.of("-o", program.toString(), source.toString()));
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    String messages = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (compiler.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + "\n" + messages);
    }
    return program;
  }

  /** One program of all sources, each in a namespace of its own, and a table of their kernels. */
  private static String program() throws IOException {
    StringBuilder text = new StringBuilder("#include \"kernel_server.h\"\n");
    KernelSource.HEADERS.forEach(h -> text.append("#include \"").append(h).append("\"\n"));
    StringBuilder table = new StringBuilder();
    for (String source : sources()) {
      add(source, KernelSource.text(source + ".cu"), text, table);
    }
    add("faulty_kernels", Files.readString(NATIVE.resolve("faulty_kernels.cu")), text, table);
    return text
        + "#define TEXT(name) #name\n#define NAME(name) TEXT(name)\n"
        + "int main() { return server::serve({\n"
        + table
        + "}); }\n";
  }

  private static void add(String source, String code, StringBuilder text, StringBuilder table) {
    text.append("namespace ").append(source).append("_source {\n");
    text.append("#include \"").append(source).append(".cu\"\n}\n");
    Matcher entry = ENTRY.matcher(code);
    while (entry.find()) {
      table.append(
          String.format(
              "server::Caller<&%s_source::ENTRY(%s)>::entry(NAME(ENTRY(%s))),%n",
              source, entry.group(1), entry.group(1)));
    }
  }

  /** Runs a launch whose addresses have become places in buffers. */
  public synchronized void run(
      Launch launch,
      boolean reversed,
      List<Buffer> buffers,
      List<Place> places,
      List<Address> addresses) {
    try {
      requests.write(request(launch, reversed, buffers, places, addresses));
      requests.flush();
      String failure = new String(answer(integer()), StandardCharsets.UTF_8);
      for (Buffer buffer : buffers) {
        answers.readFully(buffer.content());
      }
      if (!failure.isEmpty()) {
        throw new AssertionError(failure);
      }
    } catch (IOException e) {
      ended = true;
      throw new AssertionError(launch.kernel().entry() + ": the program died", e);
    }
  }

  /** What an argument is: a place in a buffer, or with buffer −1 its bytes. */
  public record Place(int buffer, byte[] bytes) {

    static Place at(int buffer, long offset) {
      return new Place(
          buffer, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, offset).array());
    }

    static Place value(byte[] bytes) {
      return new Place(-1, bytes);
    }
  }

  private byte[] answer(int length) throws IOException {
    byte[] bytes = new byte[length];
    answers.readFully(bytes);
    return bytes;
  }

  private int integer() throws IOException {
    return Integer.reverseBytes(answers.readInt());
  }

  private static byte[] request(
      Launch launch,
      boolean reversed,
      List<Buffer> buffers,
      List<Place> places,
      List<Address> addresses) {
    Request r = new Request();
    r.bytes(launch.kernel().entry().getBytes(StandardCharsets.UTF_8));
    for (Extent extent : List.of(launch.grid(), launch.block())) {
      r.integer(extent.x()).integer(extent.y()).integer(extent.z());
    }
    r.integer(launch.sharedBytes()).integer(reversed ? 1 : 0).integer(buffers.size());
    for (Buffer buffer : buffers) {
      r.number(buffer.content().length);
      r.out.writeBytes(buffer.content());
    }
    r.integer(places.size());
    for (Place place : places) {
      r.integer(place.buffer()).bytes(place.bytes());
    }
    r.integer(addresses.size());
    for (Address address : addresses) {
      r.integer(address.table()).number(address.offset()).integer(address.target());
    }
    return r.out.toByteArray();
  }

  private static final class Request {

    final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Request integer(int value) {
      out.writeBytes(
          ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value).array());
      return this;
    }

    Request number(long value) {
      out.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value).array());
      return this;
    }

    Request bytes(byte[] value) {
      integer(value.length);
      out.writeBytes(value);
      return this;
    }
  }
}
