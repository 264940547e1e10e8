package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.tensor.DType;
import java.util.Optional;
import java.util.function.Consumer;

/** The floating types that activations can have, by the name that users give. */
public final class Precision {

  private Precision() {}

  /**
   * The precision asked for, or {@code f32} where the backend lacks it on this machine.
   *
   * @param doing for the line that says so: training, computing
   * @throws ConvoyException unless the name is {@code f32} or {@code bf16}
   */
  public static String usable(String name, Backend backend, String doing, Consumer<String> say) {
    Optional<String> lack = backend.lacks(of(name));
    lack.ifPresent(reason -> say.accept("convoy: " + reason + "; " + doing + " in f32"));
    return lack.isPresent() ? "f32" : name;
  }

  /**
   * @throws ConvoyException unless the name is {@code f32} or {@code bf16}
   */
  public static DType of(String name) {
    return switch (name) {
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      case "int8" ->
          throw new ConvoyException(
              "--precision int8: this computes in f32 or bf16 alone; int8 is for eval, predict and"
                  + " bench --mode infer");
      default -> throw new ConvoyException("--precision " + name + ": choose f32 or bf16");
    };
  }
}
