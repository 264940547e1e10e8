package dev.convoy.train;

import dev.convoy.backend.Backend;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.data.Normalization;
import dev.convoy.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What happens with each batch: a program goes forward and back; after a group of batches another
 * updates the parameters, unless each batch is its own group; and now and then the average of the
 * weights follows.
 */
final class TrainingStep implements AutoCloseable {

  /** Inputs of a step. */
  private record Fed(Batch batch, double rate, Position position) {}

  private final TrainingSettings settings;
  private final Program step;
  private final @Nullable Program update;
  private final @Nullable StepInputs updateInputs;
  private final @Nullable Program averageCopy;
  private final @Nullable Program averageFollow;
  private final StepInputs stepInputs;
  private @Nullable Fed fed;
  private @Nullable Fed running;
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
   * Brings a batch to the device, perhaps while the one before is being computed with.
   *
   * @param position before the step
   */
  void feed(Batch batch, double rate, Position position) {
    fed = new Fed(batch, rate, position);
    feed(fed);
  }

  private void feed(Fed inputs) {
    long done = inputs.position.step();
    stepInputs.feed(inputs.batch, inputs.rate, settings.seed(), done, updatesBefore(inputs));
  }

  private long updatesBefore(Fed inputs) {
    return inputs.position.step() / settings.optimizer().accumulate();
  }

  /** Begins the step with the batch that was fed. */
  void start() {
    running = fed;
    step.start();
  }

  /**
   * Ends the step that was begun.
   *
   * @param into gets the losses and scores of the batch
   * @throws NonFiniteException if the loss is not finite; no variable has changed then
   */
  void finish(Tally into) {
    step.finish();
    Fed done = Objects.requireNonNull(running);
    step.fetch(Names.LOSSES, losses);
    step.fetch(Names.LOGITS, logits);
    into.add(losses, logits, done.batch.labels(), done.batch.count());
    if ((done.position.step() + 1) % settings.optimizer().accumulate() != 0) {
      return;
    }
    if (update != null && updateInputs != null) {
      updateInputs.feedRate(done.rate, updatesBefore(done));
      update.run();
    }
    average(done.position);
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
    feed(Objects.requireNonNull(running));
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
