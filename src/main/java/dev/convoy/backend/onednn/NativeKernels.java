package dev.convoy.backend.onednn;

import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * Kernels in C++ ({@code native/}), for what neither oneDNN nor loops in Java do fast. Arguments
 * are addresses and extents, checked by the callers.
 *
 * <p>The library is built where a C++ compiler is found, for x86-64 Linux; elsewhere, and on
 * processors without AVX2, {@link #AVAILABLE} is false and the kernels in Java run.
 */
@Platform(value = "linux-x86_64", include = "convoy.h", library = "jniconvoy")
@Namespace("convoy")
public final class NativeKernels {

  static final boolean AVAILABLE = available();

  /** Whether the processor multiplies pairs of bf16 in vectors. */
  static final boolean HAS_BF16 = AVAILABLE && has_avx512_bf16();

  private NativeKernels() {}

  private static boolean available() {
    if ("off".equals(System.getenv("CONVOY_NATIVE"))) {
      return false;
    }
    try {
      // oneDNN comes first: both then share the threads of its OpenMP.
      OneDnn.version();
      Loader.load(NativeKernels.class);
      return supported();
    } catch (UnsatisfiedLinkError e) {
      return false;
    }
  }

  /** Whether the processor has the instructions that the library needs. */
  private static native @Cast("bool") boolean supported();

  private static native @Cast("bool") boolean has_avx512_bf16();

  /** Places where pooled values came from; see {@code native/max_unpool2d.h}. */
  static native void max_unpool2d(
      int elementBytes,
      @Cast("const void*") long values,
      @Cast("const int32_t*") long indices,
      @Cast("void*") long whole,
      long pictures,
      long pooledHeight,
      long pooledWidth,
      long channels,
      long height,
      long width);

  /**
   * Memory that the weight gradient needs.
   *
   * @param geometry the fields of {@code WeightGradient} in their order
   */
  static native long conv2d_weight_gradient_bytes(
      @Cast("const convoy::WeightGradient*") LongPointer geometry, int threads);

  /** See {@code native/conv2d_weight_gradient.h}. */
  static native void conv2d_weight_gradient(
      @Cast("const convoy::WeightGradient*") LongPointer geometry,
      @Cast("const uint16_t*") long x,
      @Cast("const uint16_t*") long dy,
      @Cast("float*") long dw,
      @Cast("char*") long memory,
      int threads);
}
