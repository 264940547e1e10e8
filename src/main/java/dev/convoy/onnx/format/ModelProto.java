package dev.convoy.onnx.format;

import java.util.Map;

/**
 * A whole file.
 *
 * @param operatorSets version of each operator set by its domain; the standard domain is empty
 */
public record ModelProto(
    long irVersion, String producer, Map<String, Long> operatorSets, GraphProto graph) {

  public ModelProto {
    operatorSets = Map.copyOf(operatorSets);
  }
}
