package dev.convoy.backend;

import dev.convoy.ConvoyException;
import dev.convoy.op.Value;
import dev.convoy.tensor.Tensor;
import java.util.List;

/** What a backend makes of a graph: prepared kernels over memory of its own. */
public interface Executable extends AutoCloseable {

  /** What depends on variables alone; run again only after a variable was written from outside. */
  List<Step> setup();

  List<Step> steps();

  /**
   * Begins a run of all steps. A device goes on with it while the host does something else; here
   * they are run.
   */
  default void start() {
    for (Step step : steps()) {
      step.kernel().run();
    }
  }

  /** Waits for the end of the run that was begun. */
  default void finish() {}

  /** Runs one step and returns how long it took, in nanoseconds. */
  default long time(Step step) {
    long start = System.nanoTime();
    step.kernel().run();
    return System.nanoTime() - start;
  }

  /**
   * Copies a tensor of the value's type, rows of N×C×H×W, into the program's memory. A run that was
   * begun before still sees what was there.
   */
  void write(Value value, Tensor source);

  /**
   * Where a value lies on the GPU.
   *
   * @throws ConvoyException if values are not on a GPU
   */
  default DeviceTensor onDevice(Value value) {
    throw new ConvoyException(value + " is not on a GPU; use the backend cuda to share it");
  }

  /** Copies a value out of the program's memory. */
  void read(Value value, Tensor target);

  MemoryNeeds memory();

  @Override
  void close();
}
