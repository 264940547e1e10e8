package dev.convoy.backend.cuda;

import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.MaxUnpool2dOp;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.util.List;

/**
 * Launches of {@code max_unpool2d.cu}.
 *
 * <p>With a window, {@link #forward} and {@link #gradient} move each byte once, but need indices
 * that lie in the windows of that pooling, as those of {@link dev.convoy.op.MaxPool2dOp} with the
 * same window and picture do; others set the status word. Without a window any index inside the
 * picture is right.
 */
public final class MaxUnpool2dCuda {

  private static final String SOURCE = "max_unpool2d";

  /**
   * @param pooled N×C×PH×PW, of values and indices
   * @param picture N×C×H×W
   */
  public record Problem(DType element, Shape pooled, Shape picture, int code) {

    CudaKernel kernel(String name) {
      return new CudaKernel(SOURCE, name, element);
    }

    Argument pooledArgument() {
      return KernelNode.picture(pooled);
    }

    Argument pictureArgument() {
      return KernelNode.picture(picture);
    }
  }

  private MaxUnpool2dCuda() {}

  /**
   * Indices that a pooling of this very picture made, with windows that do not overlap, lie in
   * these windows; others may come from anywhere.
   */
  static void lower(Node node, CudaLowering lowering) {
    Node pooling = lowering.graph().producers().get(node.input(1));
    boolean forward = node.op() instanceof MaxUnpool2dOp;
    Shape picture = forward ? node.output(0).shape() : node.input(0).shape();
    if (pooling != null
        && pooling.op() instanceof MaxPool2dOp pool
        && disjoint(pool.window())
        && pooling.input(0).shape().equals(picture)) {
      PlanCuda.pictures(
          node, lowering, n -> forward ? forward(n, pool.window()) : gradient(n, pool.window()));
    } else {
      PlanCuda.pictures(node, lowering);
    }
  }

  private static LaunchPlan forward(KernelNode n, Window2d window) {
    Problem p = new Problem(n.element(), n.input(0), n.output(0), n.code());
    return forward(p, window, Argument.input(0), Argument.input(1), Argument.output(0));
  }

  private static LaunchPlan gradient(KernelNode n, Window2d window) {
    Problem p = new Problem(n.element(), n.output(0), n.input(0), n.code());
    return gradient(p, window, Argument.input(0), Argument.input(1), Argument.output(0));
  }

  /** The operator does not say which windows its indices came from. */
  static LaunchPlan forward(KernelNode n) {
    n.requireChannelsLast();
    Problem p = new Problem(n.element(), n.input(0), n.output(0), n.code());
    return forward(p, Argument.input(0), Argument.input(1), Argument.output(0));
  }

  static LaunchPlan gradient(KernelNode n) {
    n.requireChannelsLast();
    Problem p = new Problem(n.element(), n.output(0), n.input(0), n.code());
    return gradient(p, Argument.input(0), Argument.input(1), Argument.output(0));
  }

  public static LaunchPlan forward(
      Problem p, Window2d window, Argument x, Argument indices, Argument y) {
    boolean cells = disjoint(window);
    return LaunchPlan.of(
        Launch.of(
            p.kernel(cells ? "max_unpool2d_cells" : "max_unpool2d_windows"),
            Grid.picture(cells ? p.pooled() : p.picture()),
            x,
            indices,
            y,
            Argument.STATUS,
            Argument.ints(p.code()),
            p.pooledArgument(),
            p.pictureArgument(),
            KernelNode.window(window)));
  }

  /** Whether no place lies in two windows, so that no value replaces another. */
  public static boolean disjoint(Window2d window) {
    return window.spanHeight() <= window.strideHeight()
        && window.spanWidth() <= window.strideWidth();
  }

  /** For {@link #disjoint} windows; else a value that another replaced would receive too. */
  public static LaunchPlan gradient(
      Problem p, Window2d window, Argument dy, Argument indices, Argument dx) {
    if (!disjoint(window)) {
      throw new IllegalArgumentException(window + ": windows overlap");
    }
    return LaunchPlan.of(
        Launch.of(
            p.kernel("max_unpool2d_gradient_windows"),
            Grid.picture(p.pooled()),
            dy,
            indices,
            dx,
            p.pooledArgument(),
            p.pictureArgument(),
            KernelNode.window(window)));
  }

  public static LaunchPlan forward(Problem p, Argument x, Argument indices, Argument y) {
    Argument owner = Argument.workspace(0);
    Launch take =
        Launch.of(
            p.kernel("max_unpool2d_take"),
            Grid.picture(p.picture()),
            x,
            owner,
            y,
            p.pooledArgument(),
            p.pictureArgument());
    return new LaunchPlan(
        List.of(clear(p, owner), claim(p, indices, owner), take), 4L * p.picture().count());
  }

  /** The gradient at each index; 0 for a value that a later one replaced. */
  public static LaunchPlan gradient(Problem p, Argument dy, Argument indices, Argument dx) {
    Argument owner = Argument.workspace(0);
    Launch gradient =
        Launch.of(
            p.kernel("max_unpool2d_gradient"),
            Grid.flat(p.pooled().count()),
            dy,
            indices,
            owner,
            dx,
            p.pooledArgument(),
            p.pictureArgument());
    return new LaunchPlan(
        List.of(clear(p, owner), claim(p, indices, owner), gradient), 4L * p.picture().count());
  }

  private static Launch clear(Problem p, Argument owner) {
    long count = p.picture().count();
    return Launch.of(
        p.kernel("max_unpool2d_clear"), Grid.flat(count), owner, Argument.longs(count));
  }

  private static Launch claim(Problem p, Argument indices, Argument owner) {
    return Launch.of(
        p.kernel("max_unpool2d_claim"),
        Grid.flat(p.pooled().count()),
        indices,
        owner,
        Argument.STATUS,
        Argument.ints(p.code()),
        p.pooledArgument(),
        p.pictureArgument());
  }
}
