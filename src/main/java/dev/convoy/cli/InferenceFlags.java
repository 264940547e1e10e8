package dev.convoy.cli;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.calibrate.Calibration;
import dev.convoy.calibrate.InferencePrecision;
import dev.convoy.tensor.DType;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where and how precisely to predict. */
final class InferenceFlags {

  @Mixin private ExecutionFlags execution = new ExecutionFlags();

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "with --precision int8: what convoy calibrate has written for the weights")
  private @Nullable Path calibration;

  Backend backend() {
    return execution.backend();
  }

  boolean int8() {
    return execution.int8();
  }

  /**
   * For commands that also train.
   *
   * @throws ConvoyException if the precision is not one of those that training knows
   */
  void requireFloating() {
    execution.requireFloating();
  }

  /**
   * The precision asked for, or f32 and a line that says so where the backend lacks it.
   *
   * @throws ConvoyException if int8 comes without a calibration, or a calibration without int8
   */
  InferencePrecision precision(Backend backend, Consumer<String> say) {
    return precision(
        backend,
        say,
        () -> {
          throw new ConvoyException(
              "--precision int8 needs --calibration FILE; convoy calibrate makes one");
        });
  }

  /**
   * @param missing makes a calibration where none is given
   */
  InferencePrecision precision(
      Backend backend, Consumer<String> say, Supplier<Calibration> missing) {
    if (!execution.int8()) {
      if (calibration != null) {
        throw new ConvoyException(
            "--calibration " + calibration + ": is for --precision int8; add that or leave it out");
      }
      return InferencePrecision.of(execution.precision(backend, say));
    }
    // Before the fallback: what is wrong on one CPU is wrong on all.
    Calibration ranges = calibration == null ? missing.get() : Calibration.read(calibration);
    Optional<String> lack = backend.lacks(DType.I8);
    if (lack.isPresent()) {
      say.accept("convoy: " + lack.get() + "; computing in f32");
      return InferencePrecision.of(DType.F32);
    }
    return InferencePrecision.int8(ranges);
  }
}
