package dev.convoy.op;

import dev.convoy.tensor.DType;

/**
 * What 8-bit integers stand for: q is the number q·scale. Zero is always exact, so padding is too.
 *
 * <p>Source: Jacob et al., "Quantization and Training of Neural Networks for Efficient
 * Integer-Arithmetic-Only Inference", 2018, equation 1 with zero point 0; Wu et al., "Integer
 * Quantization for Deep Learning Inference: Principles and Empirical Evaluation", 2020, section
 * 3.1.
 *
 * @param dtype u8 for what is never negative, else i8
 * @param scale greater than 0
 */
public record Quantization(DType dtype, double scale) {

  /** The largest i8 in use; −128 is left out so that a number and its negative are alike. */
  public static final int LARGEST_I8 = 127;

  /** Products of a u8 and an i8 whose sum 32 bits hold whatever they are: 2³¹ / (255·127). */
  public static final int MOST_PRODUCTS = 66_311;

  private static final int LARGEST_U8 = 255;

  public Quantization {
    ShapeException.unless(
        dtype == DType.U8 || dtype == DType.I8, "quantized type %s: must be u8 or i8", dtype);
    ShapeException.unless(
        scale > 0 && Double.isFinite(scale),
        "scale %s of %s: must be greater than 0 and finite",
        scale,
        dtype);
  }

  /** The finest that reaches both ends of a range; the scale is an f32 number. */
  public static Quantization ofRange(double min, double max) {
    return min >= 0
        ? new Quantization(DType.U8, step(max, LARGEST_U8))
        : new Quantization(DType.I8, step(Math.max(-min, max), LARGEST_I8));
  }

  /** An f32 number whose reciprocal is finite too, also where everything is 0. */
  private static float step(double largest, int levels) {
    return Math.max((float) (largest / levels), Float.MIN_NORMAL);
  }
}
