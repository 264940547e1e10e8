package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Node;
import dev.convoy.tensor.Shape;
import java.util.function.IntUnaryOperator;

/** An index of max pooling or unpooling that names no element of its plane. */
public final class ForeignIndexException extends ConvoyException {

  private static final long serialVersionUID = 1L;

  private ForeignIndexException(String message) {
    super(message);
  }

  /**
   * Checks all indices; to be called before anything is written.
   *
   * @param index the index at each position of the pooled map, row-major N×C×OH×OW
   * @param whole N×C×H×W, whose H×W planes the indices point into
   * @throws ForeignIndexException that names the first index outside [0, H·W)
   */
  public static void check(Node node, IntUnaryOperator index, Shape pooled, Shape whole) {
    int plane = whole.dim(2) * whole.dim(3);
    for (int i = 0; i < pooled.count(); i++) {
      int value = index.applyAsInt(i);
      if (value < 0 || value >= plane) {
        throw new ForeignIndexException(message(node, value, i, pooled, whole));
      }
    }
  }

  private static String message(Node node, int value, int position, Shape pooled, Shape whole) {
    int width = pooled.dim(3);
    int height = pooled.dim(2);
    int channels = pooled.dim(1);
    return String.format(
        "%s: index %d at picture %d, channel %d, row %d, column %d is outside the %d×%d plane; an"
            + " index is row·%d + column, from 0 to %d",
        node.label(),
        value,
        position / width / height / channels,
        position / width / height % channels,
        position / width % height,
        position % width,
        whole.dim(2),
        whole.dim(3),
        whole.dim(3),
        whole.dim(2) * whole.dim(3) - 1);
  }
}
