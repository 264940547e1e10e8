package dev.convoy.train;

import dev.convoy.backend.Program;
import dev.convoy.data.Batch;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.Dataset;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** Judges models by a data set, as often as wanted; several side by side over the same pictures. */
public final class Evaluator implements AutoCloseable {

  /** Hears of each batch. */
  @FunctionalInterface
  public interface BatchListener {
    void done(int batch, int batches);
  }

  /** A program with what it is judged by. */
  private record Judged(Program program, Tally tally, Tensor losses, Tensor logits) {

    static Judged of(Program program) {
      return new Judged(
          program,
          new Tally(),
          Tensor.zeros(Names.output(program, Names.LOSSES)),
          Tensor.zeros(Names.output(program, Names.LOGITS)));
    }

    void judge(Batch batch) {
      BytePictures.feed(program, batch.pictures());
      program.feed(Names.LABELS, batch.labels());
      program.run();
      program.fetch(Names.LOSSES, losses);
      program.fetch(Names.LOGITS, logits);
      tally.add(losses, logits, batch.labels(), batch.count());
    }
  }

  private final List<Judged> judged;
  private final BatchLoader loader;

  /**
   * @param programs of graphs that {@link InferenceGraph#traceWithLosses} made for one batch size,
   *     at least one, all of them taking bytes or none; closed with this
   * @param workers threads that load pictures
   */
  public Evaluator(
      List<Program> programs, Dataset dataset, Normalization normalization, int workers) {
    judged = programs.stream().map(Judged::of).toList();
    int batchSize = judged.get(0).logits().shape().dim(0);
    boolean bytes = BytePictures.taken(judged.get(0).program());
    BatchPlan plan = BatchPlan.evaluation(batchSize);
    loader = BytePictures.loader(bytes, dataset, normalization, plan, workers);
    programs.forEach(program -> BytePictures.feedValues(program, normalization));
  }

  /**
   * Goes once through the data set.
   *
   * @return the metrics of each program; empty if told to stop before the end
   */
  public Optional<List<Metrics>> run(StopSignal stop, BatchListener listener) {
    judged.forEach(each -> each.tally().reset());
    int batches = loader.batchesPerEpoch();
    for (int i = 0; i < batches; i++) {
      Batch batch = loader.next();
      judged.forEach(each -> each.judge(batch));
      listener.done(i + 1, batches);
      if (stop.requested()) {
        return Optional.empty(); // The loader is now amid an epoch: this evaluator is done with.
      }
    }
    return Optional.of(judged.stream().map(each -> each.tally().metrics()).toList());
  }

  @Override
  public void close() {
    loader.close();
    judged.forEach(each -> each.program().close());
  }
}
