package dev.convoy.train;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;

/** The element types that activations can have, by the name that users give. */
public final class Precision {

  private Precision() {}

  /**
   * @throws ConvoyException unless the name is {@code f32} or {@code bf16}
   */
  public static DType of(String name) {
    return switch (name) {
      case "f32" -> DType.F32;
      case "bf16" -> DType.BF16;
      default -> throw new ConvoyException("--precision " + name + ": choose f32 or bf16");
    };
  }
}
