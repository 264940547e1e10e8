package dev.convoy.onnx;

import dev.convoy.onnx.format.TensorProto;
import dev.convoy.op.PadOp;
import dev.convoy.op.Padding2d;
import dev.convoy.op.SliceOp;
import dev.convoy.op.UnaryOp;
import dev.convoy.op.Upsample2dOp;
import dev.convoy.op.Value;
import java.util.Arrays;

/** Padding and resizing of pictures. */
final class ResizeImport {

  private static final int HEIGHT = 2;
  private static final int WIDTH = 3;

  private ResizeImport() {}

  static Value pad(ImportedNode node) {
    Value x = node.value(0);
    int rank = x.shape().rank();
    long[] pads = pads(node, rank);
    Value inside = x;
    for (int axis = 0; axis < rank; axis++) {
      inside = crop(node, inside, axis, pads[axis], pads[rank + axis]);
    }
    if (Arrays.stream(pads).allMatch(pad -> pad <= 0)) {
      return inside;
    }
    String mode = node.text("mode", "constant");
    return switch (mode) {
      case "constant" -> constant(node, inside, pads);
      case "edge" -> picture(node, inside, pads, PadOp.Mode.REPLICATE);
      case "reflect" -> picture(node, inside, pads, PadOp.Mode.REFLECT);
      default -> throw node.refuse("mode " + mode + " is not supported");
    };
  }

  /** For every axis what is added before, then for every axis what is added after. */
  private static long[] pads(ImportedNode node, int rank) {
    long[] given = node.operatorSet() < 11 ? node.integers("pads") : node.known(1).longs();
    long[] axes = node.has(3) ? node.known(3).longs() : null;
    int count = axes == null ? rank : axes.length;
    if (given.length != 2 * count) {
      throw node.refuse("pads has %d entries for %d axes".formatted(given.length, count));
    }
    long[] pads = new long[2 * rank];
    for (int i = 0; i < count; i++) {
      int axis = axes == null ? i : node.axis(axes[i], rank);
      pads[axis] = given[i];
      pads[rank + axis] = given[count + i];
    }
    return pads;
  }

  /** Negative padding takes away. */
  private static Value crop(ImportedNode node, Value x, int axis, long before, long after) {
    if (before >= 0 && after >= 0) {
      return x;
    }
    long start = Math.max(0, Math.negateExact(Math.max(before, -Integer.MAX_VALUE)));
    long end = x.shape().dim(axis) - Math.max(0, -Math.max(after, -Integer.MAX_VALUE));
    int length = node.extent("extent", end - start, 1);
    return x.apply(new SliceOp(axis, (int) start, length));
  }

  private static Value constant(ImportedNode node, Value x, long[] pads) {
    double filler = node.has(2) ? node.single(2) : node.number("value", 0);
    if (!Double.isFinite(filler)) {
      throw node.refuse("padding with " + filler + " is not supported");
    }
    Value shifted = filler == 0 ? x : x.apply(UnaryOp.affine(1, -filler));
    Value padded = zeros(node, shifted, pads);
    return filler == 0 ? padded : padded.apply(UnaryOp.affine(1, filler));
  }

  private static Value zeros(ImportedNode node, Value x, long[] pads) {
    int rank = x.shape().rank();
    Value y = x;
    for (int axis = 0; axis < rank; axis++) {
      boolean plane = rank == 4 && axis >= HEIGHT;
      int before = node.extent("pads", Math.max(0, pads[axis]), 0);
      int after = node.extent("pads", Math.max(0, pads[rank + axis]), 0);
      if (!plane && before + (long) after > 0) {
        int length = y.shape().dim(axis);
        long padded = (long) before + length + after;
        SliceOp slice = new SliceOp(axis, before, length);
        int extent = node.extent("extent", padded, 1);
        y = y.apply(new SliceOp.GradInput(slice, y.shape().with(axis, extent)));
      }
    }
    return rank == 4 ? planes(node, y, pads, PadOp.Mode.ZERO) : y;
  }

  private static Value picture(ImportedNode node, Value x, long[] pads, PadOp.Mode mode) {
    if (x.shape().rank() != 4 || pads[0] > 0 || pads[1] > 0 || pads[4] > 0 || pads[5] > 0) {
      throw node.refuse("pads " + Arrays.toString(pads) + ": only height and width are padded so");
    }
    return planes(node, x, pads, mode);
  }

  private static Value planes(ImportedNode node, Value x, long[] pads, PadOp.Mode mode) {
    Padding2d padding =
        new Padding2d(
            node.extent("pads", Math.max(0, pads[HEIGHT]), 0),
            node.extent("pads", Math.max(0, pads[4 + HEIGHT]), 0),
            node.extent("pads", Math.max(0, pads[WIDTH]), 0),
            node.extent("pads", Math.max(0, pads[4 + WIDTH]), 0));
    return padding.equals(Padding2d.NONE) ? x : x.apply(new PadOp(padding, mode));
  }

  /** Resize, and Upsample as it was called up to operator set 9. */
  static Value resize(ImportedNode node) {
    Value x = node.picture(0);
    boolean old = node.operatorSet() < 11;
    String mode = node.text("mode", "nearest");
    String coordinates =
        old ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel");
    if (node.integer("antialias", 0) != 0
        || !node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
      throw node.refuse("antialias and keep_aspect_ratio_policy are not supported");
    }
    int height = target(node, x, HEIGHT);
    int width = target(node, x, WIDTH);
    if (mode.equals("nearest")) {
      String rounding = old ? "floor" : node.text("nearest_mode", "round_prefer_floor");
      boolean multiple = height % x.shape().dim(HEIGHT) == 0 && width % x.shape().dim(WIDTH) == 0;
      boolean floor = coordinates.equals("asymmetric") && rounding.equals("floor");
      boolean centres = coordinates.endsWith("half_pixel") && rounding.startsWith("round");
      // Between pixels' centres both rules pick the same pixel, if the factor is whole.
      if (floor || multiple && centres) {
        return x.apply(Upsample2dOp.nearest(height, width));
      }
      throw node.refuse(
          "nearest with %s and %s to %d×%d is not supported; asymmetric with floor is"
              .formatted(coordinates, rounding, height, width));
    }
    return linear(node, x, mode, coordinates, height, width);
  }

  private static Value linear(
      ImportedNode node, Value x, String mode, String coordinates, int height, int width) {
    boolean corners = coordinates.equals("align_corners");
    boolean single = height == 1 || width == 1;
    boolean centres =
        coordinates.equals("half_pixel") || coordinates.equals("pytorch_half_pixel") && !single;
    if (!mode.matches("(bi)?linear") || !corners && !centres) {
      throw node.refuse(
          "mode %s with %s is not supported; linear with half_pixel or align_corners is"
              .formatted(mode, coordinates));
    }
    return x.apply(new Upsample2dOp(height, width, Upsample2dOp.Mode.BILINEAR, corners));
  }

  /** New extent of an axis, from sizes or scales; other axes must stay. */
  private static int target(ImportedNode node, Value x, int axis) {
    boolean bySize = node.has(3) && node.known(3).count() > 0;
    double[] numbers;
    if (bySize) {
      numbers = numbers(node.known(3));
    } else if (node.says("scales")) {
      float[] scales = node.numbers("scales");
      numbers = new double[scales.length];
      Arrays.setAll(numbers, i -> scales[i]);
    } else {
      numbers = numbers(node.known(node.operator().equals("Resize") && !old(node) ? 2 : 1));
    }
    long[] axes = node.says("axes") ? node.integers("axes") : new long[] {0, 1, 2, 3};
    if (axes.length != numbers.length) {
      throw node.refuse("%d factors for %d axes".formatted(numbers.length, axes.length));
    }
    double result = bySize ? x.shape().dim(axis) : 1;
    for (int i = 0; i < axes.length; i++) {
      int at = node.axis(axes[i], 4);
      boolean stays = bySize ? at == 0 || numbers[i] == x.shape().dim(at) : numbers[i] == 1;
      if (at < HEIGHT && !stays) {
        throw node.refuse("batch and channels cannot be resized");
      }
      result = at == axis ? numbers[i] : result;
    }
    return bySize
        ? node.extent("size", (long) result, 1)
        : scaled(node, x.shape().dim(axis), result);
  }

  private static boolean old(ImportedNode node) {
    return node.operatorSet() < 11;
  }

  private static double[] numbers(TensorProto tensor) {
    double[] numbers = new double[tensor.count()];
    Arrays.setAll(numbers, tensor::doubleAt);
    return numbers;
  }

  /** Where the new extent is not whole, ONNX and Convoy would read other positions. */
  private static int scaled(ImportedNode node, int extent, double scale) {
    double exact = extent * scale;
    long rounded = Math.round(exact);
    if (!(Math.abs(exact - rounded) < 1e-3)) {
      throw node.refuse("%d·%s = %s is not whole".formatted(extent, scale, exact));
    }
    return node.extent("size", rounded, 1);
  }
}
