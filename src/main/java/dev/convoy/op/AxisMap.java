package dev.convoy.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;

/**
 * A linear map along one axis, as a sparse matrix: each output element is the sum of weight·input
 * over its taps. Padding, nearest and bilinear upsampling, and average pooling are such a map along
 * the rows and another along the columns; their gradients are the same maps transposed.
 */
public final class AxisMap {

  /** One summand of an output element. */
  public record Tap(int input, double weight) {}

  private final int inputs;
  private final List<List<Tap>> taps;

  private AxisMap(int inputs, List<List<Tap>> taps) {
    this.inputs = inputs;
    this.taps = taps;
  }

  static AxisMap of(int inputs, int outputs, IntFunction<List<Tap>> taps) {
    List<List<Tap>> all = new ArrayList<>(outputs);
    for (int output = 0; output < outputs; output++) {
      all.add(List.copyOf(taps.apply(output)));
    }
    return new AxisMap(inputs, all);
  }

  /** Copies one input element to each output element; a negative source stands for zero. */
  static AxisMap selecting(int inputs, int outputs, IntUnaryOperator source) {
    return of(
        inputs,
        outputs,
        output -> {
          int input = source.applyAsInt(output);
          return input < 0 ? List.of() : List.of(new Tap(input, 1));
        });
  }

  /** Between the two neighbours of a position in [0, inputs−1], the nearer weighs more. */
  static List<Tap> between(double position) {
    int low = (int) position;
    double share = position - low;
    return share == 0
        ? List.of(new Tap(low, 1))
        : List.of(new Tap(low, 1 - share), new Tap(low + 1, share));
  }

  public int inputs() {
    return inputs;
  }

  public int outputs() {
    return taps.size();
  }

  /** The summands of an output element, in rising order of their inputs. */
  public List<Tap> taps(int output) {
    return taps.get(output);
  }

  /** The map of the gradient: from the outputs back to the inputs. */
  public AxisMap transposed() {
    List<List<Tap>> back = new ArrayList<>(inputs);
    for (int input = 0; input < inputs; input++) {
      back.add(new ArrayList<>());
    }
    for (int output = 0; output < taps.size(); output++) {
      for (Tap tap : taps.get(output)) {
        back.get(tap.input).add(new Tap(output, tap.weight));
      }
    }
    return new AxisMap(taps.size(), back);
  }
}
