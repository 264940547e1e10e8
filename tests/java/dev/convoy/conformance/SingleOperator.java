package dev.convoy.conformance;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.op.Op;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Runs one operator over tensors. */
final class SingleOperator {

  private SingleOperator() {}

  static List<Tensor> run(Backend backend, Op op, Tensor... inputs) {
    GraphBuilder builder = new GraphBuilder(true);
    List<Value> values = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      values.add(builder.input("x" + i, inputs[i].type()));
    }
    List<Value> outputs = builder.emit(op, values);
    for (int i = 0; i < outputs.size(); i++) {
      builder.output("y" + i, outputs.get(i));
    }
    Graph graph = builder.build();
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      for (int i = 0; i < inputs.length; i++) {
        program.feed("x" + i, inputs[i]);
      }
      program.run();
      return graph.outputs().keySet().stream().map(program::fetch).toList();
    }
  }
}
