package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.graph.Graph;
import dev.convoy.graph.Variable;
import dev.convoy.op.Op;
import dev.convoy.tensor.DType;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A way to run graphs. Found by {@link java.util.ServiceLoader}; holds a table from operator to
 * kernel factory.
 */
public interface Backend {

  /** For the command line: {@code reference}, {@code onednn}, {@code cuda}. */
  String name();

  /** Larger is tried earlier when the choice is automatic. */
  int preference();

  /** Why it cannot be used here, in one line; empty if it can. Fast, and never throws. */
  Optional<String> unavailable();

  /**
   * The same backend on a device of its own and with options. Only called where it can be used.
   *
   * @throws ConvoyException if there is no such device
   */
  default Backend with(DeviceOptions options) {
    if (options.index() != 0) {
      throw new ConvoyException(
          "device %s:%d: %s has no numbered devices; use --device %s"
              .formatted(name(), options.index(), name(), name()));
    }
    return this;
  }

  /**
   * Why an automatic choice should pass over this backend although it can be used, in one line;
   * empty if nothing speaks against it. A backend that depends on what others installed runs the
   * check once for each combination and remembers the answer. Never throws.
   *
   * @param check compares it with the reference, in a second or two: what differs, or nothing
   */
  default Optional<String> doubts(Supplier<Optional<String>> check) {
    return Optional.empty();
  }

  /** Bytes that are free on a device with memory of its own; empty for one that uses the host's. */
  default OptionalLong freeDeviceMemory() {
    return OptionalLong.empty();
  }

  /** One line for {@code doctor}: versions, threads, instruction sets. */
  String description();

  /**
   * What it is made of, for {@code doctor}: name to version and place, or to how to get it. Empty
   * where there is nothing to install. Never throws.
   */
  default Map<String, String> parts() {
    return Map.of();
  }

  /**
   * Why activations of an element type cannot be computed here, in one line that begins with what
   * lacks it; empty if they can.
   */
  default Optional<String> lacks(DType dtype) {
    return Optional.empty();
  }

  /**
   * Whether pictures should come to it as bytes and be normalised by the graph: where the way to
   * its memory is narrow.
   */
  default boolean prefersBytes() {
    return false;
  }

  /** The operators that it has kernels for. */
  Set<Class<? extends Op>> operators();

  /** Memory for variables, all zeros. */
  State newState(Collection<Variable> variables);

  /**
   * Variables of which some lie in memory of a GPU that the caller made and keeps: programs read
   * and write them there.
   *
   * @param shared row-major, at addresses that are multiples of 16, alive until the state is closed
   * @throws ConvoyException if a type or an address does not fit, or if this backend has no GPU
   */
  default State newState(Collection<Variable> variables, Map<Variable, DeviceTensor> shared) {
    throw new ConvoyException(
        "backend " + name() + " has no memory to share; use the backend cuda");
  }

  /** Memory that a graph would need, without allocating it. */
  MemoryNeeds memoryNeeds(Graph graph);

  /**
   * Prepares a graph.
   *
   * @param state made by this backend; holds at least the graph's variables
   * @throws ConvoyException if an operator or element type is not supported, naming the node, or if
   *     memory does not suffice
   */
  Executable compile(Graph graph, State state);
}
