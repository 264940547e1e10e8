package dev.convoy.backend.cuda;

import dev.convoy.backend.DeviceOptions;

/**
 * What the user's options and the environment allow together.
 *
 * @param tensorFloat32 whether products of f32 may be rounded to TF32; {@code CONVOY_TF32=0} turns
 *     it off for the process
 * @param graph whether a step is one CUDA graph; {@code CONVOY_CUDA_GRAPH=0} turns it off
 */
record CudaOptions(boolean tensorFloat32, boolean graph) {

  static CudaOptions of(DeviceOptions options) {
    return new CudaOptions(
        options.tensorFloat32() && on("CONVOY_TF32"), options.capture() && on("CONVOY_CUDA_GRAPH"));
  }

  static boolean on(String variable) {
    return !"0".equals(System.getProperty(variable, System.getenv(variable)));
  }
}
