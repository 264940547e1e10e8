package dev.convoy.backend.cuda;

/**
 * Switches of the process.
 *
 * @param tensorFloat32 whether products of f32 may be rounded to TF32 (NVIDIA Ampere architecture
 *     whitepaper: 10 bits of mantissa); {@code CONVOY_TF32=0} turns it off
 * @param graph whether a step is one CUDA graph; {@code CONVOY_CUDA_GRAPH=0} turns it off
 */
record CudaOptions(boolean tensorFloat32, boolean graph) {

  static CudaOptions ofEnvironment() {
    return new CudaOptions(on("CONVOY_TF32"), on("CONVOY_CUDA_GRAPH"));
  }

  private static boolean on(String variable) {
    return !"0".equals(System.getProperty(variable, System.getenv(variable)));
  }
}
