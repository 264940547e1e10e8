package dev.convoy.backend.onednn;

import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Namespace;
import org.bytedeco.javacpp.annotation.Platform;
import org.jspecify.annotations.Nullable;

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

  /** Why the kernels in Java run; null if those in C++ do. */
  private static final @Nullable String MISSING = missing();

  static final boolean AVAILABLE = MISSING == null;

  /** In the order of {@code Instructions} in {@code native/convoy.h}. */
  private static final List<String> INSTRUCTIONS = List.of("AVX2", "AVX-512", "AVX-512 with bf16");

  /** Whether the processor multiplies pairs of bf16 in vectors. */
  static final boolean HAS_BF16 = AVAILABLE && instructions() == INSTRUCTIONS.size() - 1;

  /** Whether tiles multiply matrices of bf16. */
  static final boolean HAS_TILES = HAS_BF16 && takes_tiles() && OneDnn.hasAmx();

  private NativeKernels() {}

  private static @Nullable String missing() {
    if ("off".equals(System.getenv("CONVOY_NATIVE"))) {
      return "CONVOY_NATIVE=off";
    }
    try {
      // oneDNN comes first: both then share the threads of its OpenMP.
      OneDnn.version();
      Loader.load(NativeKernels.class);
      return supported() ? null : "this CPU lacks AVX2, FMA or BMI2";
    } catch (LinkageError e) {
      return "the library is not there: it is built on x86-64 Linux with g++";
    }
  }

  /** What runs, and why. */
  static String description() {
    return AVAILABLE
        ? "C++, " + INSTRUCTIONS.get(instructions()) + (HAS_TILES ? " and AMX" : "")
        : "Java, slower (" + MISSING + ")";
  }

  /** Whether the processor has the instructions that the library needs. */
  private static native @Cast("bool") boolean supported();

  private static native int instructions();

  private static native @Cast("bool") boolean takes_tiles();

  /** As many as the loops are shared by, each with a scratch of its own. */
  static native int threads();

  /** See {@code native/max_pool2d.h}. */
  static native int judge_indices(
      @Cast("const int64_t*") long pooledMap, @Cast("const int32_t*") long indices);

  /** Largest elements and their places. */
  static native void max_pool2d(
      int elementBytes,
      @Cast("const int64_t*") long pooledMap,
      @Cast("const void*") long source,
      @Cast("void*") long values,
      @Cast("int32_t*") long indices);

  /** Sums of the elements that name a place. */
  static native void max_pool2d_gradient(
      int elementBytes,
      int judged,
      @Cast("const int64_t*") long pooledMap,
      @Cast("const void*") long upstream,
      @Cast("const int32_t*") long indices,
      @Cast("void*") long whole,
      @Cast("float*") long scratch);

  /** Pooled values to the places that they name. */
  static native void max_unpool2d(
      int elementBytes,
      int judged,
      @Cast("const int64_t*") long pooledMap,
      @Cast("const void*") long values,
      @Cast("const int32_t*") long indices,
      @Cast("void*") long whole);

  /** From the places that they name. */
  static native void max_unpool2d_gradient(
      int elementBytes,
      int judged,
      @Cast("const int64_t*") long pooledMap,
      @Cast("const void*") long whole,
      @Cast("const int32_t*") long indices,
      @Cast("void*") long values,
      @Cast("float*") long scratch);

  /** See {@code native/separable2d.h}. */
  static native void separable2d(
      int elementBytes,
      @Cast("const void*") long source,
      @Cast("void*") long target,
      long pictures,
      long channels,
      @Cast("const int32_t*") long rows,
      @Cast("const int32_t*") long columns,
      @Cast("float*") long scratch);

  /** See {@code native/depthwise.h}; no biases at address 0. */
  static native void depthwise_weight_gradient(
      int elementBytes,
      int weightBytes,
      @Cast("const int64_t*") long pooledMap,
      @Cast("const void*") long source,
      @Cast("const void*") long upstream,
      @Cast("void*") long weights,
      @Cast("const int64_t*") long strides,
      @Cast("void*") long biases,
      @Cast("double*") long scratch);

  /** See {@code native/batch_norm2d.h}: memory that it needs. */
  static native long batch_norm2d_bytes(long channels);

  /** No residual and no mask at address 0. */
  static native void batch_norm2d(
      int elementBytes,
      long rows,
      long channels,
      float epsilon,
      @Cast("const void*") long x,
      @Cast("const float*") long scale,
      @Cast("const float*") long shift,
      @Cast("const void*") long residual,
      @Cast("void*") long y,
      @Cast("float*") long mean,
      @Cast("float*") long variance,
      @Cast("uint16_t*") long mask,
      @Cast("char*") long scratch);

  /** No mask and nothing behind it at address 0. */
  static native void batch_norm2d_gradient(
      int elementBytes,
      long rows,
      long channels,
      float epsilon,
      @Cast("const void*") long dy,
      @Cast("const void*") long x,
      @Cast("const float*") long scale,
      @Cast("const float*") long mean,
      @Cast("const float*") long variance,
      @Cast("const uint16_t*") long mask,
      @Cast("void*") long through,
      @Cast("void*") long dx,
      @Cast("float*") long dscale,
      @Cast("float*") long dshift,
      @Cast("char*") long scratch);

  /** With given statistics. */
  static native void batch_norm2d_inference(
      int elementBytes,
      long rows,
      long channels,
      float epsilon,
      @Cast("const void*") long x,
      @Cast("const float*") long scale,
      @Cast("const float*") long shift,
      @Cast("const float*") long mean,
      @Cast("const float*") long variance,
      @Cast("bool") boolean relu,
      @Cast("void*") long y,
      @Cast("char*") long scratch);

  /** See {@code native/sgd_update.h}; no factor at address 0. */
  static native void sgd_update(
      long count,
      @Cast("const float*") long w,
      @Cast("const float*") long g,
      @Cast("const float*") long v,
      @Cast("const float*") long rate,
      @Cast("const float*") long factor,
      @Cast("float*") long newW,
      @Cast("float*") long newV,
      float momentum,
      float weightDecay,
      @Cast("bool") boolean nesterov);

  /** See {@code native/winograd.h}: input tiles to the planes of a chunk. */
  static native void winograd_scatter_input(
      @Cast("const int64_t*") LongPointer tiles,
      @Cast("const float*") long source,
      @Cast("float*") long planes,
      long first);

  /** The output's gradient to the planes of a chunk. */
  static native void winograd_scatter_gradient(
      @Cast("const int64_t*") LongPointer tiles,
      @Cast("const float*") long source,
      @Cast("float*") long planes,
      long first);

  /** The planes of a chunk to output tiles; no bias at address 0. */
  static native void winograd_gather(
      @Cast("const int64_t*") LongPointer tiles,
      @Cast("const float*") long planes,
      @Cast("const float*") long bias,
      @Cast("bool") boolean residual,
      @Cast("bool") boolean relu,
      @Cast("float*") long target,
      long first);

  /** Taps to planes. */
  static native void winograd_filter(
      long count,
      long plane,
      @Cast("bool") boolean turned,
      @Cast("const float*") long taps,
      @Cast("float*") long planes);

  /** Gradients of planes to those of taps. */
  static native void winograd_filter_gradient(
      long count, long plane, @Cast("const float*") long planes, @Cast("float*") long taps);

  /**
   * Memory that the weight gradient needs.
   *
   * @param tiles whether AMX multiplies
   * @param geometry the fields of {@code WeightGradient} in their order
   */
  static native long conv2d_weight_gradient_bytes(
      @Cast("bool") boolean tiles,
      @Cast("const convoy::WeightGradient*") LongPointer geometry,
      int threads);

  /** See {@code native/conv2d_weight_gradient.h}. */
  static native void conv2d_weight_gradient(
      @Cast("bool") boolean tiles,
      @Cast("const convoy::WeightGradient*") LongPointer geometry,
      @Cast("const uint16_t*") long x,
      @Cast("const uint16_t*") long dy,
      @Cast("float*") long dw,
      @Cast("char*") long memory,
      int threads);

  /** See {@code native/tile_conv2d.h}: weights into the order of its tiles. */
  static native void tile_conv2d_weights(
      @Cast("const int64_t*") LongPointer geometry,
      @Cast("const float*") long w,
      long filterStep,
      long channelStep,
      @Cast("uint16_t*") long packed);

  /** No bias at address 0. */
  static native void tile_conv2d(
      @Cast("const int64_t*") LongPointer geometry,
      @Cast("const int32_t*") IntPointer table,
      @Cast("const uint16_t*") long x,
      @Cast("const uint16_t*") long packed,
      @Cast("const float*") long bias,
      @Cast("bool") boolean residual,
      @Cast("bool") boolean relu,
      @Cast("uint16_t*") long y);
}
