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
   * Whether products of f32 may be rounded to TF32.
   *
   * @throws ConvoyException unless it is {@code on} or {@code off}
   */
  public static boolean tensorFloat32(String choice) {
    return switch (choice) {
      case "on" -> true;
      case "off" -> false;
      default -> throw new ConvoyException("--tf32 " + choice + ": choose on or off");
    };
  }

  /**
   * The precision asked for, or {@code f32} where {@code bf16} is asked for and the backend lacks
   * it on this machine.
   *
   * @param doing for the line that says so: training, computing
   * @throws ConvoyException if there is no such precision, or {@code f16} is asked for and the
   *     backend lacks it
   */
  public static String usable(String name, Backend backend, String doing, Consumer<String> say) {
    Optional<String> lack = backend.lacks(of(name));
    if (lack.isPresent() && name.equals("f16")) {
      throw new ConvoyException("--precision f16: " + lack.get() + "; use bf16 or f32");
    }
    lack.ifPresent(reason -> say.accept("convoy: " + reason + "; " + doing + " in f32"));
    return lack.isPresent() ? "f32" : name;
  }

  /**
   * @throws ConvoyException unless the name is {@code f32}, {@code bf16} or {@code f16}
   */
  public static DType of(String name) {
    return switch (name) {
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      case "f16" -> DType.F16;
      case "int8" ->
          throw new ConvoyException(
              "--precision int8: this computes in floating point alone; int8 is for eval, predict"
                  + " and bench --mode infer");
      default -> throw new ConvoyException("--precision " + name + ": choose f32, bf16 or f16");
    };
  }
}
