/**
 * Convoy's tensors in JCuda's hands and JCuda's memory in Convoy's, without a copy.
 *
 * <p>JCuda is no dependency of Convoy: who uses this package brings {@code org.jcuda:jcuda:12.6.0}
 * and {@code org.jcuda:jcuda-natives:12.6.0} for the platform. Its driver binding needs NVIDIA's
 * driver alone, so that both live in one process although they bind different versions of CUDA's
 * libraries: memory, streams and contexts are the driver's.
 *
 * <p>A kernel that JCuda loaded, over a variable of Convoy:
 *
 * <pre>{@code
 * State state = Backends.choose("cuda").backend().newState(graph.allVariables());
 * DeviceTensor weights = state.onDevice(variable);
 * Pointer arguments =
 *     Pointer.to(Pointer.to(JCudaTensors.pointer(weights)), Pointer.to(new float[] {0.5f}));
 * JCudaDriver.cuLaunchKernel(
 *     function, blocks, 1, 1, 256, 1, 1, 0, JCudaTensors.stream(weights), arguments, null);
 * state.assigned(); // programs prepare again what depends on it
 * }</pre>
 *
 * <p>A program of Convoy over memory of JCuda:
 *
 * <pre>{@code
 * CUdeviceptr pictures = new CUdeviceptr();
 * JCudaDriver.cuMemAlloc(pictures, variable.type().bytes());
 * State state =
 *     backend.newState(
 *         graph.allVariables(), Map.of(variable, JCudaTensors.wrap(pictures, variable.type())));
 * }</pre>
 *
 * <p>Who made memory frees it, and not before everything that uses it is closed: memory behind a
 * {@link dev.convoy.backend.DeviceTensor} of a state or a program goes with {@code close()}, memory
 * of JCuda goes with {@code cuMemFree} after {@code state.close()}. JCuda's calls need the GPU's
 * context on their thread: it is there after any call of Convoy on that thread, such as {@code
 * newState} or {@code run}.
 */
@NullMarked
package dev.convoy.interop.jcuda;

import org.jspecify.annotations.NullMarked;
