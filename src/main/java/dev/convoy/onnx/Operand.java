package dev.convoy.onnx;

import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.Value;

/** What a name of an ONNX graph stands for while the model is traced. */
sealed interface Operand {

  /** Computed from the pictures. */
  record Traced(Value value) implements Operand {}

  /** Known before anything runs: shapes, axes, scales. */
  record Known(TensorProto tensor) implements Operand {}

  /** A parameter of the model; the tensor is what the file holds. */
  record Learned(Parameter parameter, TensorProto tensor) implements Operand {}
}
