package dev.convoy.train;

import dev.convoy.backend.Backend;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What happens with each batch: a program goes forward and back; after a group of batches another
 * updates the parameters, unless each batch is its own group; and now and then the average of the
 * weights follows.
 */
final class TrainingStep implements AutoCloseable {

  private final TrainingSettings settings;
  private final Program step;
  private final @Nullable Program update;
  private final @Nullable StepInputs updateInputs;
  private final @Nullable Program averageCopy;
  private final @Nullable Program averageFollow;
  private final StepInputs stepInputs;
  private final Tensor losses;
  private final Tensor logits;

  TrainingStep(
      Backend backend,
      TrainingPlan.Graphs graphs,
      State state,
      TrainingSettings settings,
      Normalization normalization) {
    this.settings = settings;
    step = Program.compile(backend, graphs.step(), state);
    update = graphs.update() == null ? null : Program.compile(backend, graphs.update(), state);
    TrainingPlan.Averages average = graphs.average();
    updateInputs = update == null ? null : new StepInputs(update);
    averageCopy = average == null ? null : Program.compile(backend, average.copy(), state);
    averageFollow = average == null ? null : Program.compile(backend, average.follow(), state);
    stepInputs = new StepInputs(step);
    BytePictures.feedValues(step, normalization);
    losses = Tensor.zeros(Names.output(step, Names.LOSSES));
    logits = Tensor.zeros(Names.output(step, Names.LOGITS));
  }

  /**
   * @param position before the step
   * @param into gets the losses and scores of the batch
   * @throws NonFiniteException if the loss is not finite; no variable has changed then
   */
  void run(Batch batch, double rate, Position position, Tally into) {
    int group = settings.optimizer().accumulate();
    long updatesBefore = position.step() / group;
    stepInputs.feed(batch, rate, settings.seed(), position.step(), updatesBefore);
    step.run();
    step.fetch(Names.LOSSES, losses);
    step.fetch(Names.LOGITS, logits);
    into.add(losses, logits, batch.labels(), batch.count());
    if ((position.step() + 1) % group != 0) {
      return;
    }
    if (update != null && updateInputs != null) {
      updateInputs.feedRate(rate, updatesBefore);
      update.run();
    }
    average(position);
  }

  /**
   * As torchvision does it: every so many updates, counted anew in each epoch; until the end of the
   * warm-up, and once right after it, the average is a copy.
   */
  private void average(Position position) {
    int updateOfEpoch = position.batch() / settings.optimizer().accumulate();
    if (averageCopy == null
        || averageFollow == null
        || updateOfEpoch % settings.average().steps() != 0) {
      return;
    }
    int warmup = settings.schedule().warmupEpochs();
    boolean begins = position.epoch() < warmup || position.epoch() == warmup && updateOfEpoch == 0;
    (begins ? averageCopy : averageFollow).run();
  }

  /** After a step whose loss was not finite. */
  String firstNonFiniteNode() {
    return step.firstNonFiniteNode();
  }

  @Override
  public void close() {
    for (Program program : new Program[] {step, update, averageCopy, averageFollow}) {
      if (program != null) {
        program.close();
      }
    }
  }
}
