package dev.convoy.onnx;

import dev.convoy.onnx.format.ElementType;
import dev.convoy.onnx.format.TensorProto;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Operators on numbers that are known before anything runs. Exporters compute shapes with them:
 * {@code Shape → Gather → Concat → Reshape} is how they write {@code flatten}.
 */
final class ConstantFolding {

  /** Computes with known operands. */
  @FunctionalInterface
  private interface Fold {
    TensorProto apply(ImportedNode node);
  }

  private static final Map<String, Fold> OPERATORS =
      Map.ofEntries(
          Map.entry("Add", node -> binary(node, Math::addExact, Double::sum)),
          Map.entry("Cast", ConstantFolding::cast),
          Map.entry("Ceil", node -> rounded(node, true)),
          Map.entry("Concat", ConstantFolding::concat),
          Map.entry("Constant", ConstantFolding::constant),
          Map.entry("ConstantOfShape", ConstantFolding::filled),
          Map.entry("Div", node -> binary(node, (a, b) -> divide(node, a, b), (a, b) -> a / b)),
          Map.entry("Floor", node -> rounded(node, false)),
          Map.entry("Gather", ConstantFolding::gather),
          Map.entry("Identity", node -> node.known(0)),
          Map.entry("Mul", node -> binary(node, Math::multiplyExact, (a, b) -> a * b)),
          Map.entry("ReduceProd", ConstantFolding::product),
          Map.entry("Reshape", ConstantFolding::reshape),
          Map.entry("Slice", ConstantFolding::slice),
          Map.entry("Squeeze", ConstantFolding::squeeze),
          Map.entry("Sub", node -> binary(node, Math::subtractExact, (a, b) -> a - b)),
          Map.entry("Unsqueeze", ConstantFolding::unsqueeze));

  private ConstantFolding() {}

  static java.util.Set<String> operators() {
    return OPERATORS.keySet();
  }

  /** Null if the operator is not one of these. */
  static @Nullable TensorProto apply(ImportedNode node) {
    Fold fold = OPERATORS.get(node.operator());
    if (fold == null) {
      return null;
    }
    try {
      return fold.apply(node);
    } catch (ArithmeticException e) {
      throw node.refuse("a computed shape leaves the range of 64 bits");
    }
  }

  private static TensorProto constant(ImportedNode node) {
    if (node.says("value")) {
      return node.tensor("value");
    } else if (node.says("value_int")) {
      return TensorProto.ofLongs("", List.of(), node.integer("value_int", 0));
    } else if (node.says("value_ints")) {
      return TensorProto.ofLongs("", node.integers("value_ints"));
    } else if (node.says("value_float")) {
      return TensorProto.ofFloats("", List.of(), (float) node.number("value_float", 0));
    } else if (node.says("value_floats")) {
      float[] values = node.numbers("value_floats");
      return TensorProto.ofFloats("", List.of((long) values.length), values);
    }
    throw node.refuse("it has no value that is supported: value, value_float(s), value_int(s)");
  }

  /** Bounded by a quarter of the heap: a file of bytes can ask for gigabytes here. */
  private static TensorProto filled(ImportedNode node) {
    long[] dims = node.known(0).longs();
    long count = 1;
    for (long dim : dims) {
      count = Math.multiplyExact(count, node.extent("extent", dim, 0));
    }
    TensorProto value =
        node.says("value") ? node.tensor("value") : TensorProto.ofFloats("", List.of(1L), 0);
    if (value.count() != 1) {
      throw node.refuse("value must be one number, is " + value.describe());
    }
    long bytes = Math.multiplyExact(count, value.type().bytes());
    long limit = Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4);
    if (bytes > limit) {
      throw node.refuse("asks for %d bytes; the limit here is %d".formatted(bytes, limit));
    }
    ByteBuffer data = ByteBuffer.allocate((int) bytes);
    while (data.hasRemaining()) {
      data.put(value.data().duplicate());
    }
    return new TensorProto("", value.type(), list(dims), data.flip());
  }

  private static List<Long> list(long... dims) {
    return Arrays.stream(dims).boxed().toList();
  }

  private static TensorProto cast(ImportedNode node) {
    TensorProto x = node.known(0);
    long to = node.integer("to", 0);
    ElementType type =
        ElementType.numbered(to)
            .orElseThrow(() -> node.refuse("element type " + to + " is not supported"));
    return type.isFloating()
        ? TensorProto.ofFloats("", x.dims(), x.floats())
        : TensorProto.ofLongs("", x.dims(), x.longs());
  }

  private static TensorProto rounded(ImportedNode node, boolean up) {
    TensorProto x = node.known(0);
    float[] values = x.floats();
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (up ? Math.ceil(values[i]) : Math.floor(values[i]));
    }
    return TensorProto.ofFloats("", x.dims(), values);
  }

  private static long divide(ImportedNode node, long a, long b) {
    if (b == 0) {
      throw node.refuse("a computed shape is divided by 0");
    }
    return a / b;
  }

  private static TensorProto binary(
      ImportedNode node, LongBinaryOperator whole, DoubleBinaryOperator floating) {
    TensorProto a = node.known(0);
    TensorProto b = node.known(1);
    if (a.count() != b.count() && a.count() != 1 && b.count() != 1) {
      throw node.refuse("constants %s and %s do not match".formatted(a.describe(), b.describe()));
    }
    int count = a.count() == 1 ? b.count() : a.count();
    TensorProto shape = a.count() == 1 && b.rank() >= a.rank() ? b : a;
    if (a.type().isFloating()) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] =
            (float)
                floating.applyAsDouble(
                    a.doubleAt(a.count() == 1 ? 0 : i), b.doubleAt(b.count() == 1 ? 0 : i));
      }
      return TensorProto.ofFloats("", shape.dims(), values);
    }
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          whole.applyAsLong(a.longAt(a.count() == 1 ? 0 : i), b.longAt(b.count() == 1 ? 0 : i));
    }
    return TensorProto.ofLongs("", shape.dims(), values);
  }

  private static TensorProto concat(ImportedNode node) {
    List<TensorProto> parts = new ArrayList<>();
    int count = 0;
    for (int i = 0; i < node.inputs(); i++) {
      parts.add(list(node, i));
      count += parts.get(i).count();
    }
    ElementType type = parts.get(0).type();
    ByteBuffer data = ByteBuffer.allocate(count * type.bytes());
    for (TensorProto part : parts) {
      if (part.type() != type) {
        throw node.refuse("joins %s and %s".formatted(type, part.type()));
      }
      data.put(part.data().duplicate());
    }
    return new TensorProto("", type, list(count), data.flip());
  }

  /** A constant with one axis. */
  private static TensorProto list(ImportedNode node, int input) {
    TensorProto x = node.known(input);
    if (x.rank() != 1) {
      throw node.refuse("constant " + x.describe() + ": only lists of numbers are supported");
    }
    return x;
  }

  private static TensorProto gather(ImportedNode node) {
    TensorProto data = list(node, 0);
    TensorProto indices = node.known(1);
    int width = data.type().bytes();
    ByteBuffer picked = ByteBuffer.allocate(Math.multiplyExact(indices.count(), width));
    for (int i = 0; i < indices.count(); i++) {
      int at = node.axis(indices.longAt(i), data.count());
      picked.put(data.data().duplicate().position(at * width).limit((at + 1) * width));
    }
    return new TensorProto("", data.type(), indices.dims(), picked.flip());
  }

  private static TensorProto slice(ImportedNode node) {
    TensorProto x = list(node, 0);
    boolean asAttributes = node.operatorSet() < 10;
    long[] starts = asAttributes ? node.integers("starts") : node.known(1).longs();
    long[] ends = asAttributes ? node.integers("ends") : node.known(2).longs();
    boolean steps = !asAttributes && node.has(4) && node.single(4) != 1;
    if (starts.length != 1 || ends.length != 1 || steps) {
      throw node.refuse("only one slice with a step of 1 of a list is supported");
    }
    int from = ShapeImport.clamp(starts[0], x.count());
    int to = Math.max(from, ShapeImport.clamp(ends[0], x.count()));
    int width = x.type().bytes();
    ByteBuffer part = x.data().duplicate().position(from * width).limit(to * width);
    return new TensorProto("", x.type(), list(to - from), part);
  }

  private static TensorProto product(ImportedNode node) {
    long product = 1;
    for (long value : list(node, 0).longs()) {
      product = Math.multiplyExact(product, value);
    }
    boolean keep = node.integer("keepdims", 1) != 0;
    return TensorProto.ofLongs("", keep ? List.of(1L) : List.of(), product);
  }

  private static TensorProto reshape(ImportedNode node) {
    TensorProto x = node.known(0);
    long[] target = node.known(1).longs();
    long known = 1;
    for (long extent : target) {
      known = extent == -1 ? known : Math.multiplyExact(known, node.extent("extent", extent, 1));
    }
    for (int axis = 0; axis < target.length; axis++) {
      target[axis] = target[axis] == -1 ? x.count() / known : target[axis];
    }
    return withDims(node, x, list(target));
  }

  private static TensorProto squeeze(ImportedNode node) {
    TensorProto x = node.known(0);
    long[] axes = node.axes(1);
    List<Long> dims = new ArrayList<>();
    for (int axis = 0; axis < x.rank(); axis++) {
      boolean gone = axes == null && x.dims().get(axis) == 1;
      for (int i = 0; axes != null && i < axes.length; i++) {
        gone |= node.axis(axes[i], x.rank()) == axis;
      }
      if (!gone) {
        dims.add(x.dims().get(axis));
      }
    }
    return withDims(node, x, dims);
  }

  private static TensorProto unsqueeze(ImportedNode node) {
    TensorProto x = node.known(0);
    long[] axes = node.axes(1);
    if (axes == null) {
      throw node.refuse("axes are missing");
    }
    int rank = x.rank() + axes.length;
    List<Long> dims = new ArrayList<>(x.dims());
    int[] sorted = Arrays.stream(axes).mapToInt(axis -> node.axis(axis, rank)).sorted().toArray();
    for (int axis : sorted) {
      dims.add(Math.min(axis, dims.size()), 1L);
    }
    return withDims(node, x, dims);
  }

  private static TensorProto withDims(ImportedNode node, TensorProto x, List<Long> dims) {
    long count = 1;
    for (long extent : dims) {
      count = Math.multiplyExact(count, extent);
    }
    if (count != x.count()) {
      throw node.refuse("constant " + x.describe() + " does not fit " + dims);
    }
    return new TensorProto("", x.type(), dims, x.data());
  }
}
