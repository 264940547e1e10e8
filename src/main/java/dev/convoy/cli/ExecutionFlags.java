package dev.convoy.cli;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.tensor.DType;
import dev.convoy.train.Precision;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where and how precisely to compute. */
final class ExecutionFlags {

  @Option(
      names = "--device",
      paramLabel = "NAME",
      description =
          "auto, cpu, or a backend: see convoy doctor; cuda:1 is the second GPU"
              + " (default: ${DEFAULT-VALUE})")
  private String device = "auto";

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description = "f32, bf16, f16, or int8 for inference (default: ${DEFAULT-VALUE})")
  private String precision = "f32";

  @Option(
      names = "--tf32",
      paramLabel = "on|off",
      description = "round factors of f32 products to TF32 on GPUs (default: ${DEFAULT-VALUE})")
  private String tensorFloat32 = "on";

  @Mixin private GraphFlag graph = new GraphFlag();

  String device() {
    return device;
  }

  Backend backend() {
    boolean rounding = Precision.tensorFloat32(tensorFloat32);
    // The fastest backend may have no integers, the fastest on the CPU has.
    String chosen = int8() && device.equals("auto") ? "cpu" : device;
    return Backends.choose(chosen, graph.options(rounding)).backend();
  }

  void requireFloating() {
    Precision.of(precision);
  }

  boolean int8() {
    return precision.equals("int8");
  }

  /** The precision asked for, or f32 and a line that says so where the backend lacks it. */
  DType precision(Backend backend, Consumer<String> say) {
    return Precision.of(Precision.usable(precision, backend, "computing", say));
  }
}
