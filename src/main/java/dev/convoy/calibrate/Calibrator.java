package dev.convoy.calibrate;

import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphCopy;
import dev.convoy.graph.pass.ActivationRange;
import dev.convoy.graph.pass.QuantizedValues;
import dev.convoy.nn.Layer;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.train.InferenceGraph;
import dev.convoy.train.Names;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Runs a model in f32 over pictures and watches the values that quantization needs. */
public final class Calibrator implements AutoCloseable {

  private final Program program;
  private final Map<String, Histogram> histograms = new LinkedHashMap<>();
  private final Map<String, Tensor> fetched = new LinkedHashMap<>();
  private long pictures;

  /**
   * @param graph made by {@link #graph}
   * @param state with the model's parameters
   */
  public Calibrator(Backend backend, Graph graph, State state) {
    program = Program.compile(backend, graph, state);
    graph
        .outputs()
        .forEach(
            (name, value) -> {
              histograms.put(name, new Histogram());
              fetched.put(name, Tensor.zeros(value.type()));
            });
  }

  /** A model whose outputs are the values to watch. */
  public static Graph graph(Layer network, Shape pictures) {
    Graph inference = InferenceGraph.trace(network, pictures, DType.F32);
    GraphCopy copy = GraphCopy.whole(inference);
    QuantizedValues.of(inference)
        .forEach((name, value) -> copy.target().output(name, copy.get(value)));
    return copy.target().build();
  }

  /** What running such a graph needs, with what is fetched of it. */
  public static MemoryNeeds memory(Backend backend, Graph graph) {
    long heap = 0;
    for (Value value : graph.outputs().values()) {
      heap += 2 * value.type().bytes();
    }
    return backend.memoryNeeds(graph).withHeap(heap);
  }

  /**
   * @param batch f32 N×C×H×W, normalised, all of it real pictures
   * @throws dev.convoy.ConvoyException if a value is not finite
   */
  public void observe(Tensor batch) {
    program.feed(Names.PICTURES, batch);
    program.run();
    fetched.forEach(
        (name, target) -> {
          program.fetch(name, target);
          Objects.requireNonNull(histograms.get(name)).add(name, target.toFloats());
        });
    pictures += batch.shape().dim(0);
  }

  /** The ranges of all that was seen. */
  public Calibration calibration(String model, Clipping clipping) {
    Map<String, ActivationRange> ranges = new LinkedHashMap<>();
    histograms.forEach((name, histogram) -> ranges.put(name, clipping.range(histogram)));
    return new Calibration(model, clipping.label(), pictures, ranges);
  }

  @Override
  public void close() {
    program.close();
  }
}
