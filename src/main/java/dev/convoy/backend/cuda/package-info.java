/**
 * NVIDIA GPUs: convolutions by cuDNN's graph API, matrix products by cuBLASLt, everything else by
 * Convoy's own kernels, which NVRTC compiles for the GPU at hand. Activations are channels last.
 *
 * <p>A graph becomes a list of calls over one block of device memory. The first run captures the
 * list as one CUDA graph; every further run is a single launch.
 *
 * <p>Where to look: {@code CudaLibraries} finds driver and libraries and says what is missing;
 * {@code CudaContext} is one GPU with its stream and handles; {@code KernelCompiler} compiles and
 * caches the files of {@code cuda-kernels/}; {@code CudnnGraph} chooses an engine; {@code
 * CudaKernels} is the table from operator to kernel, one {@code *Cuda} file each. Nothing here may
 * be touched before {@code CudaLibraries.missing()} has said that nothing is missing: a class of
 * the bindings that cannot load its library breaks for good.
 */
@NullMarked
package dev.convoy.backend.cuda;

import org.jspecify.annotations.NullMarked;
