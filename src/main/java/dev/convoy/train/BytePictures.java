package dev.convoy.train;

import dev.convoy.backend.Program;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.Dataset;
import dev.convoy.data.Normalization;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.Node;
import dev.convoy.op.CastOp;
import dev.convoy.op.PixelLookupOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Graphs that take pictures as bytes and normalise them: for devices to which a byte an element
 * comes four times faster than an f32. The values are the same, bit for bit.
 */
public final class BytePictures {

  private BytePictures() {}

  /** The graph with {@link Names#PICTURE_BYTES} in the place of {@link Names#PICTURES}. */
  public static Graph in(Graph graph) {
    Value pictures = graph.inputs().get(Names.PICTURES);
    if (pictures == null) {
      throw new IllegalArgumentException("the graph takes no " + Names.PICTURES);
    }
    GraphCopy copy = new GraphCopy(graph);
    Shape shape = pictures.shape();
    Value bytes = copy.target().input(Names.PICTURE_BYTES, new TensorType(DType.U8, shape));
    Value table =
        copy.target()
            .input(Names.PIXEL_VALUES, TensorType.of(DType.F32, shape.dim(1), PixelLookupOp.BYTES));
    boolean asF32 =
        graph.results().contains(pictures)
            || graph.nodes().stream()
                .anyMatch(node -> cast(node, pictures) == null && node.inputs().contains(pictures));
    if (asF32) {
      copy.put(pictures, bytes.apply(new PixelLookupOp(DType.F32), table));
    }
    for (Node node : graph.nodes()) {
      CastOp cast = cast(node, pictures);
      if (cast == null) {
        copy.copy(node);
      } else {
        copy.put(node.output(0), bytes.apply(new PixelLookupOp(cast.dtype()), table));
      }
    }
    Graph whole = copy.finish();
    Map<String, Value> inputs = new LinkedHashMap<>(whole.inputs());
    inputs.remove(Names.PICTURES);
    return new Graph(
        inputs, whole.variables(), whole.nodes(), whole.outputs(), whole.assignments());
  }

  /** The cast of the pictures that a node is; null if it is something else. */
  private static @Nullable CastOp cast(Node node, Value pictures) {
    return node.op() instanceof CastOp cast && node.input(0) == pictures ? cast : null;
  }

  /** Whether a program takes bytes. */
  static boolean taken(Program program) {
    return program.graph().inputs().containsKey(Names.PICTURE_BYTES);
  }

  /** Feeds a batch's pictures, which are what the program takes. */
  static void feed(Program program, Tensor pictures) {
    program.feed(taken(program) ? Names.PICTURE_BYTES : Names.PICTURES, pictures);
  }

  /** Feeds the values of bytes, once, if the program takes bytes. */
  public static void feedValues(Program program, Normalization normalization) {
    if (taken(program)) {
      program.feed(Names.PIXEL_VALUES, normalization.tables());
    }
  }

  static BatchLoader loader(
      boolean bytes, Dataset dataset, Normalization normalization, BatchPlan plan, int workers) {
    return bytes
        ? BatchLoader.ofBytes(dataset, normalization, plan, workers)
        : new BatchLoader(dataset, normalization, plan, workers);
  }
}
