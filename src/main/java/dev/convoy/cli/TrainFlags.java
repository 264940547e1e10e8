package dev.convoy.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The flags that are a run's settings; each is null unless given. Names as torchvision's. */
final class TrainFlags {

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description = "see: convoy models; or an ONNX file, whose weights are the start")
  private @Nullable String model;

  @Option(
      names = "--data-path",
      paramLabel = "PATH",
      description = "builtin:mnist-small, or a folder of MNIST or CIFAR-10 files")
  private @Nullable String dataPath;

  @Option(names = "--epochs", paramLabel = "N", description = "in the whole run (default: 10)")
  private @Nullable Integer epochs;

  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "pictures a step (default: 32)")
  private @Nullable Integer batchSize;

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "auto, cpu, or a backend: see convoy doctor; cuda:1 is the second GPU (default: auto)")
  private @Nullable String device;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description = "f32, bf16 or f16; parameters stay f32 (default: f32)")
  private @Nullable String precision;

  @Option(
      names = "--tf32",
      paramLabel = "on|off",
      description = "round factors of f32 products to TF32 on GPUs (default: on)")
  private @Nullable String tensorFloat32;

  @Option(
      names = "--opt",
      paramLabel = "NAME",
      description = "sgd, rmsprop, adam, adamw or lars (default: sgd)")
  private @Nullable String optimizer;

  @Option(
      names = "--lr",
      paramLabel = "X",
      description = "learning rate (default: 0.03; rmsprop, adam, adamw: 0.001; lars: 0.1)")
  private @Nullable Double learningRate;

  @Option(
      names = "--momentum",
      paramLabel = "X",
      description = "of sgd, rmsprop and lars (default: 0.9)")
  private @Nullable Double momentum;

  @Option(names = "--nesterov", description = "SGD with Nesterov's momentum")
  private @Nullable Boolean nesterov;

  @Option(
      names = {"--wd", "--weight-decay"},
      paramLabel = "X",
      description = "default: 0.0001, for adamw 0.01")
  private @Nullable Double weightDecay;

  @Option(
      names = "--norm-weight-decay",
      paramLabel = "X",
      description = "of the parameters of normalisations (default: as --weight-decay; lars: 0)")
  private @Nullable Double normWeightDecay;

  @Option(
      names = "--bias-weight-decay",
      paramLabel = "X",
      description = "of all biases (default: as --weight-decay; lars: 0)")
  private @Nullable Double biasWeightDecay;

  @Option(
      names = "--clip-grad-norm",
      paramLabel = "X",
      description = "shorten the gradients to this length, all together (default: 0, never)")
  private @Nullable Double clipNorm;

  @Option(
      names = "--accumulate",
      paramLabel = "N",
      description = "update by the mean gradient of N batches (default: 1)")
  private @Nullable Integer accumulate;

  @Option(
      names = "--grad-checkpointing",
      description =
          "compute the results of batch norms again for the gradients instead of keeping them:"
              + " less memory, somewhat slower")
  private @Nullable Boolean recompute;

  @Option(
      names = "--lr-mult",
      paramLabel = "LAYER=X,…",
      description = "multiply the learning rate in layers, for example fc=10,layer1=0.1")
  private @Nullable String rateFactors;

  @Option(
      names = "--freeze",
      paramLabel = "LAYER,…",
      description = "keep layers and their batch statistics as they are, for example layer1,layer2")
  private @Nullable String freeze;

  @Option(names = "--label-smoothing", paramLabel = "X", description = "in [0, 1) (default: 0)")
  private @Nullable Double labelSmoothing;

  @Option(
      names = "--lr-scheduler",
      paramLabel = "NAME",
      description = "constant, step, cosine, polynomial or plateau (default: cosine)")
  private @Nullable String schedule;

  @Option(names = "--lr-warmup-epochs", paramLabel = "N", description = "default: 0")
  private @Nullable Integer warmupEpochs;

  @Option(
      names = "--lr-step-size",
      paramLabel = "N",
      description = "epochs between drops of --lr-scheduler step (default: 30)")
  private @Nullable Integer stepSize;

  @Option(names = "--lr-gamma", paramLabel = "X", description = "factor of a drop (default: 0.1)")
  private @Nullable Double gamma;

  @Option(
      names = "--lr-power",
      paramLabel = "X",
      description = "of --lr-scheduler polynomial (default: 0.9)")
  private @Nullable Double power;

  @Option(
      names = "--lr-patience",
      paramLabel = "N",
      description =
          "epochs without a lower validation loss before --lr-scheduler plateau drops (default: 10)")
  private @Nullable Integer ratePatience;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "end after N epochs without a better accuracy (default: 0, never)")
  private @Nullable Integer patience;

  @Option(
      names = "--model-ema",
      description = "average the weights too; kept in weights-ema.safetensors")
  private @Nullable Boolean average;

  @Option(
      names = "--model-ema-decay",
      paramLabel = "X",
      description = "scaled by batch, steps and epochs as torchvision does (default: 0.99998)")
  private @Nullable Double averageDecay;

  @Option(
      names = "--model-ema-steps",
      paramLabel = "N",
      description = "updates of the weights for one of the average (default: 32)")
  private @Nullable Integer averageSteps;

  @Option(
      names = {"-j", "--workers"},
      paramLabel = "N",
      description = "threads that load pictures (default: 1)")
  private @Nullable Integer workers;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "decides parameters, order and dropout (default: 0)")
  private @Nullable Long seed;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "use only the first N training and N validation pictures")
  private @Nullable Integer limit;

  /** What was given, by flag. */
  Map<String, Object> given() {
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    all.put("model", model != null && OnnxModels.isFile(model) ? absolute(model) : model);
    all.put("data-path", dataPath == null ? null : absolute(dataPath));
    all.put("epochs", epochs);
    all.put("batch-size", batchSize);
    all.put("device", device);
    all.put("precision", precision);
    all.put("tf32", tensorFloat32);
    all.put("grad-checkpointing", recompute);
    all.put("opt", optimizer);
    all.put("lr", learningRate);
    all.put("momentum", momentum);
    all.put("nesterov", nesterov);
    all.put("weight-decay", weightDecay);
    all.put("norm-weight-decay", normWeightDecay);
    all.put("bias-weight-decay", biasWeightDecay);
    all.put("clip-grad-norm", clipNorm);
    all.put("accumulate", accumulate);
    all.put("lr-mult", rateFactors);
    all.put("freeze", freeze);
    all.put("label-smoothing", labelSmoothing);
    all.put("lr-scheduler", schedule);
    all.put("lr-warmup-epochs", warmupEpochs);
    all.put("lr-step-size", stepSize);
    all.put("lr-gamma", gamma);
    all.put("lr-power", power);
    all.put("lr-patience", ratePatience);
    all.put("patience", patience);
    all.put("model-ema", average);
    all.put("model-ema-decay", averageDecay);
    all.put("model-ema-steps", averageSteps);
    all.put("workers", workers);
    all.put("seed", seed);
    all.put("limit", limit);
    Map<String, Object> given = new LinkedHashMap<>();
    all.forEach(
        (flag, value) -> {
          if (value != null) {
            given.put(flag, value);
          }
        });
    return given;
  }

  /** A run may be resumed from another folder. */
  private static String absolute(String dataPath) {
    return dataPath.contains(":") || dataPath.isBlank()
        ? dataPath
        : Path.of(dataPath).toAbsolutePath().normalize().toString();
  }
}
