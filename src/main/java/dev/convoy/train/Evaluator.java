package dev.convoy.train;

import dev.convoy.backend.Program;
import dev.convoy.data.Batch;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.Dataset;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import java.util.Optional;

/** Judges a model by a data set, as often as wanted. */
public final class Evaluator implements AutoCloseable {

  /** Hears of each batch. */
  @FunctionalInterface
  public interface BatchListener {
    void done(int batch, int batches);
  }

  private final Program program;
  private final BatchLoader loader;
  private final Tally tally = new Tally();
  private final Tensor losses;
  private final Tensor logits;

  /**
   * @param program of a graph that {@link InferenceGraph#traceWithLosses} made; closed with this
   */
  public Evaluator(Program program, Dataset dataset, Normalization normalization) {
    this.program = program;
    losses = Tensor.zeros(Names.output(program, Names.LOSSES));
    logits = Tensor.zeros(Names.output(program, Names.LOGITS));
    int batchSize = logits.shape().dim(0);
    loader = new BatchLoader(dataset, normalization, BatchPlan.evaluation(batchSize));
  }

  /** Goes once through the data set; empty if told to stop before the end. */
  public Optional<Metrics> run(StopSignal stop, BatchListener listener) {
    tally.reset();
    int batches = loader.batchesPerEpoch();
    for (int i = 0; i < batches; i++) {
      Batch batch = loader.next();
      program.feed(Names.PICTURES, batch.pictures());
      program.feed(Names.LABELS, batch.labels());
      program.run();
      program.fetch(Names.LOSSES, losses);
      program.fetch(Names.LOGITS, logits);
      tally.add(losses, logits, batch.labels(), batch.count());
      listener.done(i + 1, batches);
      if (stop.requested()) {
        return Optional.empty(); // The loader is now amid an epoch: this evaluator is done with.
      }
    }
    return Optional.of(tally.metrics());
  }

  @Override
  public void close() {
    loader.close();
    program.close();
  }
}
