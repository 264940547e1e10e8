/**
 * Convoy's own CUDA kernels and how they are launched; what cuDNN and cuBLAS lack or do in more
 * passes.
 *
 * <p>The kernels are the {@code .cu} files of the resource folder {@code cuda-kernels}, compiled at
 * run time by NVRTC, once an element type ({@link dev.convoy.backend.cuda.KernelSource}). Nothing
 * here touches a GPU: {@link dev.convoy.backend.cuda.CudaKernels#plan} turns a node of a graph into
 * a {@link dev.convoy.backend.cuda.LaunchPlan}, a list of {@link dev.convoy.backend.cuda.Launch}es
 * with grid, block and arguments, which the backend records into its stream and the tests run on
 * the CPU:
 *
 * <pre>{@code
 * LaunchPlan plan = CudaKernels.plan(new KernelNode(node, code, layouts::of));
 * for (Launch launch : plan.launches()) {
 *   // launch.kernel(): source file, entry point, element type
 *   // launch.grid(), launch.block(), launch.sharedBytes(): as cuLaunchKernel takes them
 *   // launch.arguments(): bytes by value, or addresses of the node's inputs and outputs, of the
 *   //                     plan's workspace, or of the status word
 * }
 * }</pre>
 *
 * <p>Activations with four axes lie channels last (N×H×W×C in memory), everything else row-major.
 * Addresses of values are multiples of 16. A kernel that meets bad data (a label outside the
 * classes, an index outside its picture, a value that is not finite where that must stop the run)
 * writes the node's code into the status word, a 32-bit integer in device memory that is 0
 * otherwise; kernels that change variables leave them alone once it is set.
 */
@NullMarked
package dev.convoy.backend.cuda;

import org.jspecify.annotations.NullMarked;
