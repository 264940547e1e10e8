package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.onnx.format.AttributeProto;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Op;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that move numbers: other shapes, parts, padding, resizing. */
final class MoveExport {

  private final ExportedGraph graph;
  private final BatchPair traces;

  MoveExport(ExportedGraph graph, BatchPair traces) {
    this.graph = graph;
    this.traces = traces;
  }

  /** False if the operator is none of these. */
  boolean export(Node node) {
    Op op = node.op();
    if (op instanceof ReshapeOp) {
      reshape(node);
    } else if (op instanceof TransposeOp transpose) {
      long[] order = transpose.permutation().stream().mapToLong(Integer::longValue).toArray();
      graph.emit(node, "Transpose", inputs(node), WindowExport.integers("perm", order));
    } else if (op instanceof ConcatOp concat) {
      graph.emit(node, "Concat", inputs(node), new AttributeProto("axis", (long) concat.axis()));
    } else if (op instanceof SliceOp slice) {
      slice(node, slice);
    } else if (op instanceof SliceOp.GradInput placed) {
      place(node, placed);
    } else if (op instanceof FlipOp flip) {
      flip(node, flip);
    } else if (op instanceof BroadcastOp) {
      broadcast(node);
    } else if (op instanceof PadOp pad) {
      pad(node, pad);
    } else if (op instanceof Upsample2dOp resize) {
      resize(node, resize);
    } else if (op instanceof MaxUnpool2dOp unpool) {
      unpool(node, unpool);
    } else {
      return false;
    }
    return true;
  }

  private List<String> inputs(Node node) {
    return node.inputs().stream().map(graph::name).toList();
  }

  private String input(Node node) {
    return graph.name(node.input(0));
  }

  private void reshape(Node node) {
    long[] dims = traces.outputDims(node);
    long[] from = traces.inputDims(node);
    if (Arrays.stream(dims).filter(extent -> extent == -1).count() > 1) {
      throw refuse(node, "more than one extent of the result depends on the batch");
    }
    if (dims.length == 2 && dims[0] == -1 && from.length > 2 && from[0] == -1) {
      graph.emit(node, "Flatten", inputs(node), new AttributeProto("axis", 1L));
    } else {
      graph.emit(node, "Reshape", List.of(input(node), graph.integers(node, "shape", dims)));
    }
  }

  private void slice(Node node, SliceOp op) {
    requireSameForEveryBatch(node);
    slice(node, op.start(), (long) op.start() + op.length(), op.axis(), 1, input(node), true);
  }

  private String slice(
      Node node, long start, long end, int axis, long step, String x, boolean last) {
    List<String> inputs =
        List.of(
            x,
            graph.integers(node, "start", start),
            graph.integers(node, "end", end),
            graph.integers(node, "axis", (long) axis),
            graph.integers(node, "step", step));
    if (!last) {
      return graph.part(node, "Slice", inputs);
    }
    graph.emit(node, "Slice", inputs);
    return graph.name(node.output(0));
  }

  /** A slice with a step of −1 from the end to before the start. */
  private void flip(Node node, FlipOp op) {
    String x = input(node);
    for (int i = 0; i < op.axes().size(); i++) {
      boolean last = i + 1 == op.axes().size();
      x = slice(node, -1, Integer.MIN_VALUE, op.axes().get(i), -1, x, last);
    }
  }

  /** A part in its place among zeros. */
  private void place(Node node, SliceOp.GradInput op) {
    SliceOp slice = op.forward();
    int rank = op.input().rank();
    long[] pads = new long[2 * rank];
    pads[slice.axis()] = slice.start();
    pads[rank + slice.axis()] =
        (long) op.input().dim(slice.axis()) - slice.start() - slice.length();
    if (traces.outputDims(node)[slice.axis()] == -1) {
      throw refuse(node, "it depends on the batch");
    }
    graph.emit(node, "Pad", List.of(input(node), graph.integers(node, "pads", pads)));
  }

  /** An extent of 1 in the target leaves the input's. */
  private void broadcast(Node node) {
    long[] from = traces.inputDims(node);
    long[] to = traces.outputDims(node);
    List<Long> target = new ArrayList<>();
    for (int axis = 0; axis < to.length; axis++) {
      if (to[axis] == -1 && from[axis] != -1) {
        throw refuse(node, "a value is repeated along the batch");
      }
      target.add(to[axis] == -1 ? 1 : to[axis]);
    }
    long[] dims = target.stream().mapToLong(Long::longValue).toArray();
    graph.emit(node, "Expand", List.of(input(node), graph.integers(node, "shape", dims)));
  }

  private void pad(Node node, PadOp op) {
    String mode =
        switch (op.mode()) {
          case ZERO -> "constant";
          case REPLICATE -> "edge";
          case REFLECT -> "reflect";
        };
    Padding2d padding = op.padding();
    String pads =
        graph.integers(
            node,
            "pads",
            0,
            0,
            padding.top(),
            padding.left(),
            0,
            0,
            padding.bottom(),
            padding.right());
    graph.emit(node, "Pad", List.of(input(node), pads), new AttributeProto("mode", mode));
  }

  private void resize(Node node, Upsample2dOp op) {
    boolean nearest = op.mode() == Upsample2dOp.Mode.NEAREST;
    String coordinates =
        nearest ? "asymmetric" : op.alignCorners() ? "align_corners" : "half_pixel";
    graph.emit(
        node,
        "Resize",
        List.of(input(node), "", "", graph.integers(node, "sizes", op.height(), op.width())),
        WindowExport.integers("axes", 2, 3),
        new AttributeProto("mode", nearest ? "nearest" : "linear"),
        new AttributeProto("coordinate_transformation_mode", coordinates),
        new AttributeProto("nearest_mode", "floor"));
  }

  /**
   * ONNX counts places through the whole tensor, which comes to the same where the plane unpooled
   * to is the plane that was pooled. Its windows only say how large that is.
   */
  private void unpool(Node node, MaxUnpool2dOp op) {
    Node pool = traces.graph().producers().get(node.input(1));
    if (pool == null || !(pool.op() instanceof MaxPool2dOp) || !pools(pool, op)) {
      throw refuse(node, "the indices must come from a max pooling of a picture of this size");
    }
    Shape x = node.input(0).shape();
    graph.emit(
        node,
        "MaxUnpool",
        inputs(node),
        WindowExport.integers(
            "kernel_shape", op.height() - x.dim(2) + 1L, op.width() - x.dim(3) + 1L),
        WindowExport.integers("strides", 1, 1));
  }

  private static boolean pools(Node pool, MaxUnpool2dOp op) {
    Shape pooled = pool.input(0).shape();
    return pooled.dim(2) == op.height() && pooled.dim(3) == op.width();
  }

  private void requireSameForEveryBatch(Node node) {
    if (!node.op().equals(traces.other(node).op())) {
      throw refuse(node, "it depends on the batch");
    }
  }

  private static ConvoyException refuse(Node node, String reason) {
    return new ConvoyException(node.label() + ": not possible in ONNX: " + reason);
  }
}
