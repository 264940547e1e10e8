package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.MemoryNeeds;
import dev.convoy.backend.NonFiniteException;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.data.Batch;
import dev.convoy.data.BatchLoader;
import dev.convoy.data.BatchPlan;
import dev.convoy.data.DataSplit;
import dev.convoy.graph.Variable;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.optim.LearningRateSchedule;
import dev.convoy.tensor.Tensor;
import java.util.List;
import java.util.Optional;

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
  private final Program program;
  private final Evaluator evaluator;
  private final MemoryNeeds memory;
  private final StepInputs inputs;
  private final Tensor losses;
  private final Tensor logits;
  private final Tally tally = new Tally();
  private Position position = Position.START;
  private History history = History.EMPTY;
  private int bestEpoch;
  private double bestTop1;

  /**
   * Traces, compiles and fills the parameters from the seed.
   *
   * @throws ConvoyException if the model does not suit the pictures, or the run does not fit into
   *     memory, naming the batch size that would
   */
  public Trainer(Layer model, DataSplit data, Backend backend, TrainingSettings settings) {
    this.model = model;
    this.data = data;
    this.settings = settings;
    TrainingPlan plan = new TrainingPlan(model, data, settings);
    memory = MemoryCheck.require(settings.batchSize(), batch -> plan.memory(backend, batch));
    TrainingPlan.Graphs graphs = plan.graphs(settings.batchSize());
    state = backend.newState(graphs.training().allVariables());
    program = Program.compile(backend, graphs.training(), state);
    inputs = new StepInputs(program);
    losses = Tensor.zeros(Names.output(program, Names.LOSSES));
    logits = Tensor.zeros(Names.output(program, Names.LOGITS));
    Program validation = Program.compile(backend, graphs.validation(), state);
    evaluator = new Evaluator(validation, data.validation(), data.normalization());
    InitialState.fill(state, model, settings.seed());
  }

  /** Memory of the whole run on the device. */
  public MemoryNeeds memory() {
    return memory;
  }

  public Position position() {
    return position;
  }

  public History history() {
    return history;
  }

  /** Epochs done. */
  public boolean done() {
    return position.epoch() >= settings.epochs();
  }

  /**
   * Starts from given weights instead of random ones.
   *
   * @throws ConvoyException if they do not fit the model
   */
  public void load(ModelWeights weights) {
    weights.writeTo(state, model);
  }

  /**
   * Starts from given weights where they fit, as for another number of classes.
   *
   * @return what did not fit, on one line; empty if all did
   * @throws ConvoyException if nothing fits
   */
  public String loadFitting(ModelWeights weights) {
    return weights.writeFittingTo(state, model);
  }

  /**
   * Puts the run back to where its last checkpoint was taken.
   *
   * @throws ConvoyException if the checkpoint is damaged or of another model or seed
   */
  public void resume(RunFolder folder) {
    Checkpoint checkpoint = Checkpoint.read(folder.checkpoint());
    if (checkpoint.seed() != settings.seed()) {
      throw new ConvoyException(
          "cannot resume %s with --seed %d: the run began with %d"
              .formatted(folder.path(), settings.seed(), checkpoint.seed()));
    }
    checkpoint.restore(folder.checkpoint(), state);
    position = checkpoint.position();
    history = History.read(folder.history()).first(position.epoch());
    tally.resume(checkpoint.partial());
    bestEpoch = checkpoint.bestEpoch();
    bestTop1 = checkpoint.bestTop1();
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
    try (BatchLoader loader = new BatchLoader(data.train(), data.normalization(), plan)) {
      LearningRateSchedule schedule = settings.schedule(loader.batchesPerEpoch());
      while (!done() && !stop.requested()) {
        Pace pace = new Pace(loader, position, settings.epochs());
        trainEpoch(folder, loader, schedule, pace, stop, listener);
        if (!stop.requested()) {
          finishEpoch(schedule, pace, stop, listener);
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
    while (position.batch() < batches && !stop.requested()) {
      Batch batch = loader.next();
      double rate = schedule.at(position.step());
      inputs.feed(batch, rate, settings.seed(), position.step());
      runProgram(folder);
      program.fetch(Names.LOSSES, losses);
      program.fetch(Names.LOGITS, logits);
      tally.add(losses, logits, batch.labels(), batch.count());
      position = position.afterStep();
      listener.stepped(pace.progress(position, settings.batchSize(), tally.metrics()));
    }
  }

  private void runProgram(RunFolder folder) {
    try {
      program.run();
    } catch (NonFiniteException e) {
      String kept =
          position.epoch() == 0 && history.epochs().isEmpty()
              ? "nothing was saved yet"
              : "the checkpoint of epoch %d is kept in %s"
                  .formatted(position.epoch(), folder.path());
      throw new ConvoyException(
          "the loss is not finite at step %d (epoch %d); first at %s; %s; try a smaller --lr"
              .formatted(
                  position.step() + 1, position.epoch() + 1, program.firstNonFiniteNode(), kept),
          e);
    }
  }

  private void finishEpoch(
      LearningRateSchedule schedule, Pace pace, StopSignal stop, ProgressListener listener) {
    double seconds = pace.seconds();
    Optional<Metrics> validation = evaluator.run(stop, listener::validated);
    if (validation.isEmpty()) {
      return; // Stopped amid validation: resuming validates this epoch again.
    }
    EpochRecord record =
        new EpochRecord(
            position.epoch() + 1,
            tally.metrics(),
            validation.get(),
            schedule.at(Math.max(0, position.step() - 1)),
            seconds);
    history = history.plus(record);
    if (validation.get().top1() > bestTop1 || bestEpoch == 0) {
      bestEpoch = record.epoch();
      bestTop1 = validation.get().top1();
    }
    position = position.afterEpoch();
    tally.reset();
    listener.finished(record, settings.epochs());
  }

  /** The checkpoint last: whatever is interrupted before it, resuming finds a whole run. */
  private void save(RunFolder folder) {
    List<Variable> parameters = model.parameters().stream().map(Parameter::variable).toList();
    new ModelWeights(Checkpoint.snapshot(parameters, state), ModelCard.of(settings.model(), data))
        .write(folder.weights());
    history.write(folder.history());
    new Checkpoint(
            Checkpoint.snapshot(state.variables(), state),
            position,
            tally.sums(),
            settings.seed(),
            bestEpoch,
            bestTop1)
        .write(folder.checkpoint());
  }

  @Override
  public void close() {
    evaluator.close();
    program.close();
    state.close();
  }
}
