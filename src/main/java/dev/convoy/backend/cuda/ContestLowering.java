package dev.convoy.backend.cuda;

import dev.convoy.backend.Layout;
import dev.convoy.graph.Node;
import dev.convoy.op.Value;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Adds our own kernels for a node or a library's, whichever {@link Contest} says. */
final class ContestLowering {

  /**
   * The library's side.
   *
   * @param name everything that it depends on beside types and shapes
   * @param kernels makes them; may throw {@link CudnnGraph.NoEngineException}
   * @param operand how a value is filled
   */
  record Library(
      String name, Supplier<Contestant> kernels, Function<Value, Contest.Operand> operand) {}

  private ContestLowering() {}

  /**
   * @param planner of our own kernels, which want pictures channels last
   */
  static void lower(
      Node node, Function<KernelNode, LaunchPlan> planner, Library library, CudaLowering lowering) {
    if (!inPlace(node, lowering) || !tryLibrary(node, planner, library, lowering)) {
      PlanCuda.pictures(node, lowering, planner);
    }
  }

  /** Whether all values lie as our kernels want them: only these are given to a library. */
  private static boolean inPlace(Node node, CudaLowering lowering) {
    return Stream.concat(node.inputs().stream(), node.outputs().stream())
        .allMatch(
            value ->
                lowering.layout(value) == PlanCuda.wanted(value)
                    || Layout.indifferent(value.shape()));
  }

  private static boolean tryLibrary(
      Node node, Function<KernelNode, LaunchPlan> planner, Library library, CudaLowering lowering) {
    try {
      Contestant theirs = library.kernels.get();
      LaunchPlan plan =
          planner.apply(new KernelNode(node, lowering.statusCode(node), PlanCuda::wanted));
      Contest.Problem problem =
          new Contest.Problem(
              library.name + " " + types(node.inputs()) + " to " + types(node.outputs()),
              node.inputs().stream().map(library.operand).toList(),
              node.outputs().stream().map(library.operand).toList(),
              true);
      Contestant ours = Contestant.of(lowering.context(), plan);
      if (!Contest.libraryWins(lowering.context(), problem, ours, theirs)) {
        return false;
      }
      ContestantKernel.add(
          theirs, places(node.inputs(), lowering), places(node.outputs(), lowering), lowering);
      return true;
    } catch (CudnnGraph.NoEngineException e) {
      return false; // Ours take anything.
    }
  }

  private static List<String> types(List<Value> values) {
    return values.stream().map(value -> value.type().toString()).toList();
  }

  private static List<DevicePlace> places(List<Value> values, CudaLowering lowering) {
    return values.stream().map(lowering::storage).toList();
  }

  /** Made-up numbers of any sign. */
  static Contest.Operand signed(Value value) {
    return new Contest.Operand(value.dtype(), value.shape().count(), Contest.Content.SIGNED);
  }
}
