package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;
import dev.convoy.op.ParameterUpdate;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * An update of f32 variables, element by element, shared by the cores. Each output takes the place
 * of the variable that it replaces where that is no longer needed, so that memory is read and
 * written once.
 */
final class UpdateLoop {

  /**
   * What happens to the elements from {@code from} to {@code to}, exclusive; gradients are to be
   * multiplied by {@code factor}.
   */
  @FunctionalInterface
  interface Elements {
    void run(FloatBuffer[] inputs, FloatBuffer[] outputs, int from, int to, float factor);
  }

  /** What happens to all elements, given the addresses of inputs and outputs. */
  @FunctionalInterface
  interface NativeElements {
    void run(long[] inputs, long[] outputs, long factor);
  }

  private final Storage[] inputs;
  private final Storage[] outputs;
  private final FloatBuffer[] inputFloats;
  private final FloatBuffer[] outputFloats;
  private final int[] replaced;
  private final int factorIndex;
  private final int count;
  private boolean bound;

  private UpdateLoop(
      Storage[] inputs, Storage[] outputs, int[] replaced, int factorIndex, int count) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.replaced = replaced;
    this.factorIndex = factorIndex;
    this.count = count;
    inputFloats = new FloatBuffer[inputs.length];
    outputFloats = new FloatBuffer[outputs.length];
  }

  /** Whether this is the way to run a node: all of it is f32. */
  static boolean takes(Node node) {
    return node.inputs().stream().allMatch(input -> input.dtype() == DType.F32);
  }

  /**
   * @param replaced for each output the position of the input whose place it takes
   */
  static UpdateLoop of(Node node, Lowering lowering, int... replaced) {
    for (int i = 0; i < replaced.length; i++) {
      lowering.tryInPlace(node.output(i), node.input(replaced[i]));
    }
    return new UpdateLoop(
        node.inputs().stream()
            .map(input -> inOrder(input, node.output(0), lowering))
            .toArray(Storage[]::new),
        node.outputs().stream().map(lowering::storage).toArray(Storage[]::new),
        replaced,
        node.op() instanceof ParameterUpdate update ? update.factorIndex() : node.inputs().size(),
        node.output(0).shape().count());
  }

  /** A gradient may be channels last beside a parameter that is not: all go by the same order. */
  private static Storage inOrder(Value input, Value output, Lowering lowering) {
    return input.shape().equals(output.shape())
        ? lowering.converted(input, lowering.describe(input), lowering.describe(output))
        : lowering.storage(input);
  }

  /** Adds the loop to the program; what comes before it in a run may look at all elements. */
  void add(Lowering lowering, Elements elements) {
    addAfter(lowering, () -> {}, elements);
  }

  /**
   * Adds a kernel in C++ instead.
   *
   * @param elements is given the address of the gradient factor; 0 if there is none
   */
  void addNative(Lowering lowering, String file, NativeElements elements) {
    long[] from = new long[inputs.length];
    long[] to = new long[outputs.length];
    lowering.add(
        new NativeCall(
            file,
            () -> {
              addresses(inputs, from);
              addresses(outputs, to);
              elements.run(from, to, inputs.length > factorIndex ? from[factorIndex] : 0);
            }),
        touched());
  }

  private static void addresses(Storage[] places, long[] into) {
    for (int i = 0; i < places.length; i++) {
      into[i] = places[i].address();
    }
  }

  private Storage[] touched() {
    return Stream.of(inputs, outputs).flatMap(Arrays::stream).toArray(Storage[]::new);
  }

  void addAfter(Lowering lowering, Runnable before, Elements elements) {
    ThreadTeam.Part part =
        (unused, from, to) -> {
          float factor = factor();
          if (factor == 0) {
            keep(from, to);
          } else {
            elements.run(inputFloats, outputFloats, from, to, factor);
          }
        };
    lowering.add(
        () -> {
          bind();
          before.run();
          ThreadTeam.run(count, 1, part);
        },
        touched());
  }

  /** What gradients are multiplied by; 0 if the step is to be left out. */
  float factor() {
    return inputs.length > factorIndex ? scalar(factorIndex) : 1;
  }

  private void keep(int from, int to) {
    for (int output = 0; output < replaced.length; output++) {
      FloatBuffer source = inputFloats[replaced[output]];
      for (int i = from; i < to; i++) {
        outputFloats[output].put(i, source.get(i));
      }
    }
  }

  int count() {
    return count;
  }

  FloatBuffer input(int index) {
    bind();
    return inputFloats[index];
  }

  /** A scalar among the inputs; known when the program runs. */
  float scalar(int index) {
    return input(index).get(0);
  }

  /** Addresses exist only after lowering. */
  private void bind() {
    if (bound) {
      return;
    }
    for (int i = 0; i < inputs.length; i++) {
      inputFloats[i] = inputs[i].floats();
    }
    for (int i = 0; i < outputs.length; i++) {
      outputFloats[i] = outputs[i].floats();
    }
    bound = true;
  }
}
