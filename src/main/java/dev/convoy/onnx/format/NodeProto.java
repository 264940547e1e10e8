package dev.convoy.onnx.format;

import java.util.List;

/**
 * One application of an operator.
 *
 * @param inputs names of values; empty for an optional input that is left out
 * @param outputs names of values; empty for an output that nobody wants
 * @param operator for example {@code Conv}
 * @param domain of the operator set; empty for the standard one
 */
public record NodeProto(
    String name,
    String operator,
    String domain,
    List<String> inputs,
    List<String> outputs,
    List<AttributeProto> attributes) {

  public NodeProto {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    attributes = List.copyOf(attributes);
  }

  /** For messages: {@code node "Conv_3" (Conv)}; by its first output if it has no name. */
  public String label() {
    String shown = name.isEmpty() && !outputs.isEmpty() ? outputs.get(0) : name;
    return "node \"" + Printable.of(shown) + "\" (" + Printable.of(operator) + ")";
  }
}
