package dev.convoy.conformance;

import dev.convoy.op.CustomOp;
import dev.convoy.op.Op;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code docs/operators.md}, made from the operators' Javadoc, the backends' kernel tables, and
 * what the rules and oneDNN answer to the conformance cases.
 */
final class OperatorsPage {

  private static final String HEAD =
      """
      # Operators

      What each operator means, and what computes it. This page is generated from the Javadoc of `dev.convoy.op` and from the backends' kernel tables; edit those, then `%s`.

      Activations N×C×H×W: batch N, channels C, height H, width W; F filters; dy is the gradient of the loss with respect to an output y. (C1), (C2), … are the numbers that error messages name.

      ## Support

      Element types are those that the operator's rule takes. Of these *reference* computes all, in double; *onednn* f32, and bf16 where the CPU has AVX-512; *cuda* f32, bf16 and f16. Parameters are kept and updated in f32.

      Behind each backend's class stands what it calls: on onednn the kinds of oneDNN's primitives, *own kernel* where Convoy computes it itself, and *reference kernel* where rare arguments are left to the reference; all that the conformance cases and their gradients need in f32.

      | operator | gradient | element types | reference | onednn | cuda |
      |---|---|---|---|---|---|
      """
          .formatted(OperatorsPageTest.COMMAND);

  private static final String COMPOSITES =
      """

      ## Built from operators

      These are not operators: they are traced into those above, inherit their gradients and run wherever those do.

      | name | Java | made of |
      |---|---|---|
      | fully connected, linear | `dev.convoy.nn.Linear` | Matmul with a bias |
      | true convolution (flipped kernel) | `dev.convoy.nn.TrueConv2d` | Flip of the kernel, Conv2d |
      | transposed convolution, deconvolution | `dev.convoy.op.TransposedConv2d`, layer `dev.convoy.nn.ConvTranspose2d` | Conv2d.GradInput; Slice.GradInput for output padding; Binary add of the bias |
      | depthwise and grouped convolution | `dev.convoy.nn.Conv2d` | Conv2d with groups |
      | global average pooling | `dev.convoy.nn.GlobalAveragePool2d` | AveragePool2d with one window |
      | adaptive average pooling | `dev.convoy.nn.AdaptiveAveragePool2d` | AveragePool2d where the windows are alike, else Slice, Reduce, Concat |
      | split | `dev.convoy.op.SliceOp` (`split`, `splitEvenly`) | Slice, one a part |
      | stack | `dev.convoy.op.ConcatOp` (`stack`) | Reshape, Concat |
      | flatten | `dev.convoy.nn.Flatten` | Reshape |
      | normalise pictures | `dev.convoy.nn.Normalize` | Cast, Binary, Unary affine, Reshape |
      | spatial dropout | `dev.convoy.nn.SpatialDropout2d` | Dropout of channels |
      | stochastic depth | `dev.convoy.nn.StochasticDepth` | Dropout of examples |
      | cross-entropy loss | `dev.convoy.nn.CrossEntropy` | SoftmaxCrossEntropy, Reduce, LabelWeight, Cast, Binary divide |
      | mean squared error | `dev.convoy.nn.MeanSquaredError` | Binary subtract, Unary square, Reduce |
      | smooth L1, L1 | `dev.convoy.nn.SmoothL1` | Binary subtract, maximum, minimum, multiply; Unary affine; Reduce |
      | IoU and generalised IoU | `dev.convoy.nn.Boxes`, loss `dev.convoy.nn.BoxOverlap` | Slice, Binary, Unary, Reshape |

      An operator of your own implements `dev.convoy.op.CustomOp`; [CONTRIBUTING](../CONTRIBUTING.md) shows how one joins this page.
      """;

  private final Map<String, String> comments = OperatorSources.comments();
  private final Map<String, String> reference =
      OperatorKernels.table("reference/ReferenceKernels.java");
  private final Map<String, String> oneDnn = OperatorKernels.table("onednn/OneDnnKernels.java");
  private final Map<String, String> cuda = OperatorKernels.cuda();
  private final Map<String, String> primitives;

  /**
   * @param primitives what oneDNN is asked for, by operator; empty where oneDNN is not here
   */
  OperatorsPage(Map<String, String> primitives) {
    this.primitives = primitives;
  }

  /** All operators, gradient operators behind the one that they belong to. */
  static List<Class<?>> operators() {
    return Arrays.<Class<?>>stream(Op.class.getPermittedSubclasses())
        .filter(op -> op != CustomOp.class)
        .sorted(Comparator.comparing(OperatorKernels::name))
        .toList();
  }

  String text() {
    StringBuilder page = new StringBuilder(HEAD);
    operators().forEach(op -> page.append(row(op)).append('\n'));
    operators().forEach(op -> section(op).forEach(line -> page.append(line).append('\n')));
    return page.append(COMPOSITES).toString();
  }

  private String row(Class<?> op) {
    String name = OperatorKernels.name(op);
    String types =
        OperatorFacts.elementTypes(op).stream()
            .map(dtype -> dtype.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" "));
    return "| [%s](#%s) | %s | %s | %s | %s | %s |"
        .formatted(
            title(name),
            title(name).toLowerCase(Locale.ROOT).replace(".", ""),
            OperatorFacts.hasGradient(op) ? "yes" : "no",
            types,
            reference.containsKey(name) ? "yes" : "no",
            oneDnn.containsKey(name) ? "yes" : "no",
            cuda.containsKey(name) ? "yes" : "no");
  }

  private static String title(String name) {
    return name.replaceAll("Op(?=\\.|$)", "");
  }

  private List<String> section(Class<?> op) {
    String name = OperatorKernels.name(op);
    List<String> lines = new ArrayList<>();
    lines.add("");
    lines.add((name.contains(".") ? "### " : "## ") + title(name));
    lines.add("");
    lines.addAll(JavadocMarkdown.lines(comments.getOrDefault(name, "")));
    List<String> choices = choices(name);
    if (!choices.isEmpty()) {
      lines.add("");
      lines.addAll(choices);
    }
    lines.add("");
    lines.add("**Computed by:** " + kernels(name));
    return lines;
  }

  /** The constants of an operator that is an enumeration, or of those nested in it. */
  private List<String> choices(String name) {
    return comments.entrySet().stream()
        .filter(comment -> comment.getKey().matches(name + "\\.(\\w+\\.)?[A-Z][A-Z_0-9]*"))
        .map(
            comment -> {
              String constant = comment.getKey().substring(name.length() + 1);
              return "- `" + constant + "`: " + JavadocMarkdown.line(comment.getValue());
            })
        .toList();
  }

  private String kernels(String name) {
    List<String> backends = new ArrayList<>();
    backends.add("reference `" + reference.get(name) + "`");
    if (oneDnn.containsKey(name)) {
      String called = primitives.containsKey(name) ? " (" + primitives.get(name) + ")" : "";
      backends.add("onednn `" + oneDnn.get(name) + "`" + called);
    }
    if (cuda.containsKey(name)) {
      backends.add("cuda " + cuda.get(name));
    }
    return String.join("; ", backends) + ".";
  }
}
