package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.DataSplit;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.optim.LearningRateSchedule;
import dev.convoy.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Trains a model, epoch after epoch, with a validation after each; saves after each epoch and when
 * told to stop.
 *
 * <pre>{@code
 * try (Trainer trainer = new Trainer(model, data, backend, settings)) {
 *   History history = trainer.run(RunFolder.create(folder), new StopSignal(), listener);
 * }
 * }</pre>
 *
 * <p>A step takes no memory that stays: the same tensors are fed and fetched again and again.
 */
public final class Trainer implements AutoCloseable {

  private final Layer model;
  private final DataSplit data;
  private final TrainingSettings settings;
  private final State state;
  private final boolean bytes;
  private final TrainingStep step;
  private final Evaluator evaluator;
  private final MemoryNeeds memory;
  private final Tally tally = new Tally();
  private Position position = Position.START;
  private History history = History.EMPTY;
  private Judgement judgement;

  /**
   * Freezes what the settings say, traces, compiles and fills the parameters from the seed.
   *
   * @throws ConvoyException if the model does not suit the pictures or lacks a layer that the
   *     settings name, or the run does not fit into memory, naming the batch size that would
   */
  public Trainer(Layer model, DataSplit data, Backend backend, TrainingSettings settings) {
    this.model = model;
    this.data = data;
    this.settings = settings;
    settings.groups().applyTo(model);
    bytes = backend.prefersBytes();
    TrainingPlan plan = new TrainingPlan(model, data, settings, bytes);
    memory =
        MemoryCheck.require(backend, settings.batchSize(), batch -> plan.memory(backend, batch));
    TrainingPlan.Graphs graphs = plan.graphs(settings.batchSize());
    state = backend.newState(graphs.variables());
    step = new TrainingStep(backend, graphs, state, settings, data.normalization());
    List<Program> validations =
        graphs.validations().stream().map(g -> Program.compile(backend, g, state)).toList();
    evaluator =
        new Evaluator(validations, data.validation(), data.normalization(), settings.workers());
    judgement = Judgement.start(settings.schedule());
    InitialState.fill(state, model, settings.seed());
  }

  /** Memory of the whole run. */
  public MemoryNeeds memory() {
    return memory;
  }

  public Position position() {
    return position;
  }

  public History history() {
    return history;
  }

  public Judgement judgement() {
    return judgement;
  }

  /** Whether nothing is left to do: all epochs are done, or more would be of no use. */
  public boolean done() {
    return position.epoch() >= settings.epochs() || stoppedEarly();
  }

  /** Whether the settings' patience with epochs that are no better is at its end. */
  public boolean stoppedEarly() {
    return settings.patience() > 0
        && judgement.epochsWithoutProgress(position.epoch()) >= settings.patience();
  }

  /**
   * Starts from given weights instead of random ones.
   *
   * @param except paths of parameters that stay random
   * @throws ConvoyException if the others do not fit the model
   */
  public void load(ModelWeights weights, Set<String> except) {
    weights.writeTo(state, model, except);
  }

  /**
   * Starts from given weights where they fit.
   *
   * @param except paths of parameters that stay random
   * @return what did not fit, on one line; empty if all did
   * @throws ConvoyException if nothing fits
   */
  public String loadFitting(ModelWeights weights, Set<String> except) {
    return weights.writeFittingTo(state, model, except);
  }

  /**
   * Puts the run back to where its last checkpoint was taken.
   *
   * @throws ConvoyException if the checkpoint is damaged or of another model or seed
   */
  public void resume(RunFolder folder) {
    Checkpoint checkpoint = Checkpoint.read(folder.checkpoint());
    requireSame(folder, "--seed", settings.seed(), checkpoint.seed());
    long group = settings.optimizer().accumulate();
    requireSame(folder, "--accumulate", group, checkpoint.accumulate());
    checkpoint.restore(folder.checkpoint(), state);
    position = checkpoint.position();
    history = History.read(folder.history()).first(position.epoch());
    tally.resume(checkpoint.partial());
    Judgement saved = checkpoint.judgement();
    ScheduleSettings schedule = settings.schedule();
    judgement =
        new Judgement(
            saved.bestEpoch(),
            saved.bestTop1(),
            saved.plateau().with(schedule.patience(), schedule.gamma()));
  }

  private static void requireSame(RunFolder folder, String flag, long asked, long begun) {
    if (asked != begun) {
      throw new ConvoyException(
          "cannot resume %s with %s %d: the run began with %d"
              .formatted(folder.path(), flag, asked, begun));
    }
  }

  /**
   * Trains until all epochs are done or the signal says to stop, then saves.
   *
   * @return the finished epochs; {@link #done} tells whether all are
   * @throws ConvoyException if the loss becomes NaN or infinite, naming the step and the first
   *     operator at fault, or if the data cannot be read or the disk not be written; the last
   *     checkpoint stays
   */
  public History run(RunFolder folder, StopSignal stop, ProgressListener listener) {
    folder.writeSettings(settings);
    BatchPlan plan =
        BatchPlan.training(settings.batchSize(), settings.seed())
            .startingAt(position.epoch(), position.batch());
    try (BatchLoader loader =
        BytePictures.loader(bytes, data.train(), data.normalization(), plan, settings.workers())) {
      LearningRateSchedule schedule = settings.schedule(loader.batchesPerEpoch());
      while (!done() && !stop.requested()) {
        Pace pace = new Pace(loader, position, settings.epochs());
        trainEpoch(folder, loader, schedule, pace, stop, listener);
        if (!stop.requested()) {
          finishEpoch(folder, schedule, pace, stop, listener);
        }
        save(folder);
      }
    }
    return history;
  }

  private void trainEpoch(
      RunFolder folder,
      BatchLoader loader,
      LearningRateSchedule schedule,
      Pace pace,
      StopSignal stop,
      ProgressListener listener) {
    int batches = loader.batchesPerEpoch();
    if (position.batch() < batches && !stop.requested()) {
      step.feed(loader.next(), rate(schedule, position.step()), position);
    }
    while (position.batch() < batches && !stop.requested()) {
      Position next = position.afterStep();
      try {
        step.start();
        if (next.batch() < batches) { // While a device computes, its next batch is brought.
          step.feed(loader.next(), rate(schedule, next.step()), next);
        }
        step.finish(tally);
      } catch (NonFiniteException e) {
        throw diverged(folder, e);
      }
      position = next;
      listener.stepped(pace.progress(position, settings.batchSize(), tally.metrics()));
    }
  }

  private double rate(LearningRateSchedule schedule, long atStep) {
    double drops = settings.schedule().plateau() ? judgement.plateau().factor() : 1;
    return schedule.at(atStep) * drops;
  }

  private ConvoyException diverged(RunFolder folder, NonFiniteException cause) {
    String kept =
        position.epoch() == 0 && history.epochs().isEmpty()
            ? "nothing was saved yet"
            : "the checkpoint of epoch %d is kept in %s".formatted(position.epoch(), folder.path());
    return new ConvoyException(
        "%s at step %d (epoch %d); first at %s; %s; try a smaller --lr"
            .formatted(
                cause.reason(),
                position.step() + 1,
                position.epoch() + 1,
                step.firstNonFiniteNode(),
                kept),
        cause);
  }

  private void finishEpoch(
      RunFolder folder,
      LearningRateSchedule schedule,
      Pace pace,
      StopSignal stop,
      ProgressListener listener) {
    double seconds = pace.seconds();
    Optional<List<Metrics>> validation = evaluator.run(stop, listener::validated);
    if (validation.isEmpty()) {
      return; // Stopped amid validation: resuming validates this epoch again.
    }
    Metrics plain = validation.get().get(0);
    EpochRecord record =
        new EpochRecord(
            position.epoch() + 1,
            tally.metrics(),
            plain,
            validation.get().size() > 1 ? validation.get().get(1) : null,
            rate(schedule, Math.max(0, position.step() - 1)),
            seconds);
    history = history.plus(record);
    judgement = judgement.after(record.epoch(), plain);
    if (settings.patience() > 0 && judgement.bestEpoch() == record.epoch()) {
      weights(v -> v).write(folder.bestWeights());
    }
    position = position.afterEpoch();
    tally.reset();
    listener.finished(record, settings.epochs());
  }

  /** The checkpoint last: whatever is interrupted before it, resuming finds a whole run. */
  private void save(RunFolder folder) {
    weights(v -> v).write(folder.weights());
    if (settings.average().on()) {
      weights(WeightAverage::of).write(folder.averagedWeights());
    }
    history.write(folder.history());
    new Checkpoint(
            Checkpoint.snapshot(state.variables(), state),
            position,
            tally.sums(),
            settings.seed(),
            settings.optimizer().accumulate(),
            judgement)
        .write(folder.checkpoint());
  }

  /**
   * @param kept the variable that holds a parameter's value
   */
  private ModelWeights weights(UnaryOperator<Variable> kept) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      tensors.put(parameter.path(), state.read(kept.apply(parameter.variable())));
    }
    return new ModelWeights(tensors, ModelCard.of(settings.model(), data));
  }

  @Override
  public void close() {
    evaluator.close();
    step.close();
    state.close();
  }
}
