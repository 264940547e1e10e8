package dev.convoy.op;

import java.util.List;

/** A graph under construction, as operators and gradient rules see it. */
public interface Emitter {

  /**
   * Appends an operator.
   *
   * @return its outputs, typed by {@link Op#infer}
   * @throws ShapeException if the inputs break a constraint of the operator
   */
  List<Value> emit(Op op, List<Value> inputs);
}
