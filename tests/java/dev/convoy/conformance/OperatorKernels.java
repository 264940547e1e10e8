package dev.convoy.conformance;

import dev.convoy.backend.Executable;
import dev.convoy.backend.State;
import dev.convoy.backend.Step;
import dev.convoy.backend.onednn.OneDnnBackend;
import dev.convoy.graph.Graph;
import dev.convoy.op.Op;
import dev.convoy.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which class of a backend, and which library call behind it, computes each operator. */
final class OperatorKernels {

  private static final Path BACKENDS = Path.of("src/main/java/dev/convoy/backend");
  private static final Pattern ROW =
      Pattern.compile("(?:Map\\.entry|table\\.put)\\(\\s*([\\w.]+)\\.class,\\s*(\\w+)::\\w+\\)");
  private static final Pattern KERNEL_FILE =
      Pattern.compile("(?:SOURCE = |new CudaKernel\\(|n\\.kernel\\()\"(\\w+)\"");

  private OperatorKernels() {}

  /** {@code Conv2dOp.GradInput}: an operator as the tables write it. */
  static String name(Class<?> op) {
    return op.getName().substring(op.getPackageName().length() + 1).replace('$', '.');
  }

  /** Classes by operator, of a kernel table's source. */
  static Map<String, String> table(String file) {
    Map<String, String> rows = new TreeMap<>();
    Matcher row = ROW.matcher(read(BACKENDS.resolve(file)));
    while (row.find()) {
      rows.put(row.group(1), row.group(2));
    }
    return rows;
  }

  /** What the classes of the CUDA backend launch or call, by operator. */
  static Map<String, String> cuda() {
    Map<String, String> kernels = table("cuda/CudaKernels.java");
    Map<String, String> all = new TreeMap<>(kernels);
    all.putAll(table("cuda/CudaOperators.java"));
    all.replaceAll((op, rule) -> cuda(rule, kernels.getOrDefault(op, rule)));
    return all;
  }

  private static String cuda(String rule, String planner) {
    String text = read(BACKENDS.resolve("cuda/" + rule + ".java"));
    if (text.contains("CudnnConvolution")) {
      return "`" + rule + "` (cuDNN convolution)";
    }
    if (text.contains("CublasProduct")) {
      return "`" + rule + "` (cuBLASLt)";
    }
    Set<String> files = kernelFiles(planner);
    Matcher collaborator = Pattern.compile("new (\\w+Cuda)\\(|(\\w+Cuda)\\.").matcher(text);
    while (files.isEmpty() && collaborator.find()) {
      String name = collaborator.group(1) == null ? collaborator.group(2) : collaborator.group(1);
      files = kernelFiles(name);
    }
    return "`%s` (%s)".formatted(planner, String.join(", ", files));
  }

  private static Set<String> kernelFiles(String planner) {
    Matcher file = KERNEL_FILE.matcher(read(BACKENDS.resolve("cuda/" + planner + ".java")));
    return file.results()
        .map(result -> "own kernel `" + result.group(1) + ".cu`")
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * What oneDNN is asked for in the conformance cases and their gradients, by operator. Kinds of
   * primitives alone: how they are implemented differs from CPU to CPU, and so does which reorders
   * they want beside them.
   */
  static Map<String, String> oneDnn() {
    Map<String, Set<String>> kinds = new TreeMap<>();
    OneDnnBackend backend = new OneDnnBackend();
    for (OpCase test : Cases.all()) {
      kinds.computeIfAbsent(name(test.op().getClass()), op -> new TreeSet<>());
      for (Graph graph : OperatorFacts.graphs(test, DType.F32)) {
        note(backend, graph, kinds);
      }
    }
    Map<String, String> phrases = new TreeMap<>();
    kinds.forEach((op, found) -> phrases.put(op, phrase(found)));
    return phrases;
  }

  private static void note(OneDnnBackend backend, Graph graph, Map<String, Set<String>> kinds) {
    try (State state = backend.newState(graph.allVariables());
        Executable program = backend.compile(graph, state)) {
      Stream.concat(program.setup().stream(), program.steps().stream())
          .forEach(
              step ->
                  kinds
                      .computeIfAbsent(name(step.node().op().getClass()), op -> new TreeSet<>())
                      .add(kind(step)));
    }
  }

  private static String kind(Step step) {
    String kernel = step.kernel().getClass().getSimpleName();
    if (kernel.equals("PrimitiveCall")) {
      String text = step.kernel().toString();
      return text.substring(text.lastIndexOf(' ') + 1);
    }
    if (kernel.equals("NativeCall")) {
      return "own kernel `" + step.kernel() + "`";
    }
    return kernel.contains("ReferenceFallback") ? "reference kernel" : "own kernel";
  }

  private static String phrase(Set<String> kinds) {
    if (kinds.size() > 1) {
      kinds.remove("reorder");
    }
    return kinds.isEmpty() ? "no step: the same memory" : String.join(", ", kinds);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Names of a backend's operators. */
  static Set<String> names(Set<Class<? extends Op>> operators) {
    return operators.stream().map(OperatorKernels::name).collect(Collectors.toSet());
  }
}
