package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.nn.CrossEntropy;
import dev.convoy.nn.Loss;
import dev.convoy.optim.LearningRateSchedule;
import dev.convoy.tensor.DType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a run. Two runs with equal settings on the same backend with the same
 * number of threads give the same weights, bit for bit.
 *
 * @param model name in the zoo
 * @param dataPath as {@link dev.convoy.data.Datasets#open} takes it
 * @param epochs in the whole run, those before a resumption included
 * @param batchSize pictures a step
 * @param device as {@link dev.convoy.backend.Backends#choose} takes it
 * @param precision of activations, {@code f32}, {@code bf16} or {@code f16}; parameters are f32
 * @param tensorFloat32 whether GPUs may round the factors of f32 products to TF32
 * @param recompute whether the backward pass computes the results of batch norms anew instead of
 *     keeping them: less memory, more time
 * @param workers threads that load pictures; does not change their order
 * @param patience the run ends after so many epochs without a better validation accuracy; 0 for
 *     never
 * @param limit at most so many training pictures, 0 for all
 */
public record TrainingSettings(
    String model,
    String dataPath,
    int epochs,
    int batchSize,
    String device,
    String precision,
    boolean tensorFloat32,
    boolean recompute,
    OptimizerSettings optimizer,
    ScheduleSettings schedule,
    AverageSettings average,
    ParameterGroups groups,
    double labelSmoothing,
    int patience,
    int workers,
    long seed,
    int limit) {

  private static final int MOST_WORKERS = 256;

  /**
   * @throws ConvoyException if a value is outside its range, naming the flag
   */
  public TrainingSettings {
    require(epochs >= 1, "--epochs", epochs, "must be at least 1");
    Precision.of(precision);
    requireBatch(batchSize, workers);
    require(limit >= 0, "--limit", limit, "must be at least 0 (0 means all)");
    require(
        labelSmoothing >= 0 && labelSmoothing < 1,
        "--label-smoothing",
        labelSmoothing,
        "must be in [0, 1)");
    require(patience >= 0, "--patience", patience, "must be at least 0 (0 means never)");
  }

  /**
   * @throws ConvoyException if one is outside its range, naming the flag
   */
  public static void requireBatch(int batchSize, int workers) {
    require(batchSize >= 1, "--batch-size", batchSize, "must be at least 1");
    require(
        workers >= 1 && workers <= MOST_WORKERS,
        "--workers",
        workers,
        "must be from 1 to " + MOST_WORKERS);
  }

  /** The same in another precision. */
  public TrainingSettings withPrecision(String changed) {
    return new TrainingSettings(
        model,
        dataPath,
        epochs,
        batchSize,
        device,
        changed,
        tensorFloat32,
        recompute,
        optimizer,
        schedule,
        average,
        groups,
        labelSmoothing,
        patience,
        workers,
        seed,
        limit);
  }

  Loss loss() {
    return new CrossEntropy(labelSmoothing);
  }

  UpdateRule updateRule() {
    return optimizer.rule(groups);
  }

  /** Element type of the activations. */
  DType activations() {
    return Precision.of(precision);
  }

  static void require(boolean holds, String flag, Object value, String rule) {
    if (!holds) {
      throw new ConvoyException(flag + " " + value + ": " + rule);
    }
  }

  /** Learning rate by step. */
  LearningRateSchedule schedule(int stepsPerEpoch) {
    return schedule.create(optimizer.learningRate(), epochs, stepsPerEpoch);
  }

  /** By flag, without the dashes: what {@code settings.json} holds. */
  public Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("model", model);
    json.put("data-path", dataPath);
    json.put("epochs", epochs);
    json.put("batch-size", batchSize);
    json.put("device", device);
    json.put("precision", precision);
    json.put("tf32", tensorFloat32 ? "on" : "off");
    json.put("grad-checkpointing", recompute);
    optimizer.toJson(json);
    schedule.toJson(json);
    average.toJson(json);
    groups.toJson(json);
    json.put("label-smoothing", labelSmoothing);
    json.put("patience", patience);
    json.put("workers", workers);
    json.put("seed", seed);
    json.put("limit", limit);
    return json;
  }

  /**
   * Settings by flag; what is missing has its default.
   *
   * @throws ConvoyException if the model or data path is missing or a value is wrong
   */
  public static TrainingSettings ofJson(Map<String, ? extends @Nullable Object> json) {
    SettingsReader in = new SettingsReader(json);
    return new TrainingSettings(
        in.text("model", null),
        in.text("data-path", null),
        in.whole("epochs", 10),
        in.whole("batch-size", 32),
        in.text("device", "auto"),
        in.text("precision", "f32"),
        Precision.tensorFloat32(in.text("tf32", "on")),
        in.flag("grad-checkpointing", false),
        OptimizerSettings.ofJson(in),
        ScheduleSettings.ofJson(in),
        AverageSettings.ofJson(in),
        ParameterGroups.ofJson(in),
        in.real("label-smoothing", 0),
        in.whole("patience", 0),
        in.whole("workers", 1),
        in.wholeLong("seed", 0),
        in.whole("limit", 0));
  }
}
