package dev.convoy.onnx;

import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.BroadcastOp;
import dev.convoy.op.ConcatOp;
import dev.convoy.op.FlipOp;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.SliceOp;
import dev.convoy.op.TransposeOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Operators that move numbers and compute none. */
final class ShapeImport {

  private ShapeImport() {}

  static List<Operand> shape(ImportedNode node) {
    long[] dims = node.dims(0);
    int from = clamp(node.integer("start", 0), dims.length);
    int to = clamp(node.integer("end", dims.length), dims.length);
    return known(TensorProto.ofLongs("shape", Arrays.copyOfRange(dims, from, Math.max(from, to))));
  }

  /** Position in 0…length; negative ones count from the end. */
  static int clamp(long position, int length) {
    long fromStart = position < 0 ? position + length : position;
    return (int) Math.max(0, Math.min(length, fromStart));
  }

  private static List<Operand> known(TensorProto tensor) {
    return List.of(new Operand.Known(tensor));
  }

  static Value reshape(ImportedNode node) {
    Value x = node.value(0);
    long[] target = node.known(1).longs();
    int rows = x.shape().rank() == 0 ? 1 : x.shape().dim(0);
    long[] dims = node.batch().retarget(target, rows).clone();
    long rest = 1;
    int open = -1;
    for (int axis = 0; axis < dims.length; axis++) {
      if (dims[axis] == 0 && node.integer("allowzero", 0) == 0 && axis < x.shape().rank()) {
        dims[axis] = x.shape().dim(axis);
      }
      if (dims[axis] == -1 && open < 0) {
        open = axis;
      } else {
        rest = Math.multiplyExact(rest, node.extent("extent", dims[axis], 1));
        node.extent("number of elements", rest, 1);
      }
    }
    if (open >= 0) {
      dims[open] = x.shape().count() / rest;
    }
    return x.apply(new ReshapeOp(node.shape(dims)));
  }

  static Value flatten(ImportedNode node) {
    Value x = node.value(0);
    int rank = x.shape().rank();
    long given = node.integer("axis", 1);
    int axis = given == rank ? rank : node.axis(given, rank);
    int rows = 1;
    for (int i = 0; i < axis; i++) {
      rows *= x.shape().dim(i);
    }
    return x.apply(new ReshapeOp(Shape.of(rows, x.shape().count() / rows)));
  }

  static Value squeeze(ImportedNode node) {
    Value x = node.value(0);
    int rank = x.shape().rank();
    long[] axes = node.axes(1);
    boolean[] gone = new boolean[rank];
    if (axes == null) {
      for (int axis = 0; axis < rank; axis++) {
        gone[axis] = x.shape().dim(axis) == 1;
      }
    } else {
      for (long axis : axes) {
        int at = node.axis(axis, rank);
        if (x.shape().dim(at) != 1) {
          throw node.refuse("axis %d of %s has more than one entry".formatted(at, x.shape()));
        }
        gone[at] = true;
      }
    }
    List<Integer> dims = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      if (!gone[axis]) {
        dims.add(x.shape().dim(axis));
      }
    }
    return x.apply(new ReshapeOp(shape(dims)));
  }

  static Value unsqueeze(ImportedNode node) {
    Value x = node.value(0);
    long[] axes = node.axes(1);
    if (axes == null) {
      throw node.refuse("axes are missing");
    }
    int rank = x.shape().rank() + axes.length;
    boolean[] fresh = new boolean[rank];
    for (long axis : axes) {
      int at = node.axis(axis, rank);
      if (fresh[at]) {
        throw node.refuse("axis " + at + " is there twice");
      }
      fresh[at] = true;
    }
    List<Integer> dims = new ArrayList<>();
    int next = 0;
    for (int axis = 0; axis < rank; axis++) {
      dims.add(fresh[axis] ? 1 : x.shape().dim(next++));
    }
    return x.apply(new ReshapeOp(shape(dims)));
  }

  private static Shape shape(List<Integer> dims) {
    return Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
  }

  static Value transpose(ImportedNode node) {
    Value x = node.value(0);
    int rank = x.shape().rank();
    int[] order = new int[rank];
    Arrays.setAll(order, axis -> rank - 1 - axis);
    if (node.says("perm")) {
      order = Arrays.stream(node.integers("perm")).mapToInt(a -> node.axis(a, rank)).toArray();
    }
    return x.apply(TransposeOp.of(order));
  }

  static Value concat(ImportedNode node) {
    Value first = node.value(0);
    int axis = node.axis(node.integer("axis", 1), first.shape().rank());
    Value[] further = new Value[node.inputs() - 1];
    for (int i = 0; i < further.length; i++) {
      further[i] = node.value(i + 1, first.dtype());
    }
    return first.apply(new ConcatOp(axis), further);
  }

  static Value slice(ImportedNode node) {
    Value x = node.value(0);
    boolean asAttributes = node.operatorSet() < 10;
    long[] starts = asAttributes ? node.integers("starts") : node.known(1).longs();
    long[] ends = asAttributes ? node.integers("ends") : node.known(2).longs();
    long[] axes = asAttributes ? node.axes(-1) : node.has(3) ? node.known(3).longs() : null;
    long[] steps = !asAttributes && node.has(4) ? node.known(4).longs() : ones(starts.length);
    if (starts.length != ends.length
        || starts.length != steps.length
        || axes != null && axes.length != starts.length) {
      throw node.refuse("starts, ends, axes and steps differ in length");
    }
    Value result = x;
    for (int i = 0; i < starts.length; i++) {
      int axis = node.axis(axes == null ? i : axes[i], x.shape().rank());
      result = part(node, result, axis, starts[i], ends[i], steps[i]);
    }
    return result;
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static Value part(ImportedNode node, Value x, int axis, long start, long end, long step) {
    int extent = x.shape().dim(axis);
    boolean backwards = step == -1 && (start == -1 || start >= extent - 1) && end < -extent;
    if (backwards) {
      return x.apply(FlipOp.of(axis));
    }
    if (step != 1) {
      throw node.refuse(
          "step %d from %d to %d: supported are a step of 1, and -1 over a whole axis"
              .formatted(step, start, end));
    }
    int from = clamp(start, extent);
    int to = clamp(end, extent);
    return from == 0 && to == extent ? x : x.apply(new SliceOp(axis, from, to - from));
  }

  /** One entry along an axis: a slice without that axis. */
  static Value gather(ImportedNode node) {
    Value x = node.value(0);
    TensorProto index = node.known(1);
    if (index.count() != 1) {
      throw node.refuse("indices " + index.describe() + ": only a single index is supported");
    }
    int axis = node.axis(node.integer("axis", 0), x.shape().rank());
    int at = node.axis(index.longAt(0), x.shape().dim(axis));
    Value part = x.apply(new SliceOp(axis, at, 1));
    if (index.rank() == 1) {
      return part;
    }
    List<Integer> dims = new ArrayList<>();
    for (int i = 0; i < x.shape().rank(); i++) {
      if (i != axis) {
        dims.add(x.shape().dim(i));
      }
    }
    return part.apply(new ReshapeOp(shape(dims)));
  }

  static List<Operand> split(ImportedNode node) {
    Value x = node.value(0);
    int axis = node.axis(node.integer("axis", 0), x.shape().rank());
    int extent = x.shape().dim(axis);
    long[] lengths = node.has(1) ? node.known(1).longs() : node.integers("split");
    if (lengths.length == 0) {
      int parts = Math.max(1, node.outputs());
      lengths = new long[parts];
      long each = (extent + parts - 1L) / parts;
      for (int i = 0; i < parts; i++) {
        lengths[i] = Math.min(each, extent - i * each);
      }
    }
    if (lengths.length != node.outputs() || Arrays.stream(lengths).sum() != extent) {
      throw node.refuse(
          "lengths %s do not split %d into %d"
              .formatted(Arrays.toString(lengths), extent, node.outputs()));
    }
    List<Operand> parts = new ArrayList<>();
    int start = 0;
    for (long length : lengths) {
      int part = node.extent("length", length, 1);
      parts.add(new Operand.Traced(x.apply(new SliceOp(axis, start, part))));
      start += part;
    }
    return parts;
  }

  /** Repeats along axes of extent 1. */
  static Value expand(ImportedNode node) {
    Value x = node.value(0);
    long[] target = node.known(1).longs();
    int rank = Math.max(target.length, x.shape().rank());
    long[] from = new long[rank];
    long[] to = new long[rank];
    for (int axis = 0; axis < rank; axis++) {
      int own = axis - rank + x.shape().rank();
      int asked = axis - rank + target.length;
      from[axis] = own < 0 ? 1 : x.shape().dim(own);
      to[axis] = asked < 0 || target[asked] == 1 ? from[axis] : target[asked];
    }
    Shape full = node.shape(to);
    Value aligned = x.shape().rank() == rank ? x : x.apply(new ReshapeOp(node.shape(from)));
    return aligned.shape().equals(full) ? aligned : aligned.apply(new BroadcastOp(full));
  }
}
