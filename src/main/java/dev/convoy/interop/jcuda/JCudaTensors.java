package dev.convoy.interop.jcuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.tensor.TensorType;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;

/**
 * Convoy's tensors as pointers of JCuda, and the other way round. Addresses change hands, elements
 * do not move; see the package for who frees what, and {@link DeviceTensor} for the order of work.
 *
 * <p>Without JCuda every method throws a {@link ConvoyException} that says what to add.
 */
public final class JCudaTensors {

  private static final String ABSENT =
      "JCuda is not on the class path; add org.jcuda:jcuda:12.6.0 and"
          + " org.jcuda:jcuda-natives:12.6.0 with the classifier linux-x86_64";

  private JCudaTensors() {}

  /**
   * The first element, for kernels and copies of JCuda; {@code JCublas} and {@code JCudnn} take it
   * too.
   */
  public static CUdeviceptr pointer(DeviceTensor tensor) {
    requireJCuda();
    return JCudaPointers.at(tensor.address());
  }

  /** The stream on which Convoy works with the tensor. */
  public static CUstream stream(DeviceTensor tensor) {
    requireJCuda();
    return JCudaPointers.stream(tensor.stream());
  }

  /**
   * Memory of JCuda as a tensor, row-major. Nothing is owned: it must outlive every state and
   * program that is given the tensor.
   *
   * @param pointer to device memory of at least {@code type.bytes()} bytes, a multiple of 16 as
   *     {@code cuMemAlloc} gives it
   * @throws ConvoyException if the pointer is null or lies in the host's memory
   */
  public static DeviceTensor wrap(Pointer pointer, TensorType type) {
    requireJCuda();
    return JCudaPointers.wrap(pointer, type);
  }

  /** What names classes of JCuda in its code is a class of its own, loaded after this. */
  private static void requireJCuda() {
    try {
      Class.forName("jcuda.NativePointerObject", false, JCudaTensors.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new ConvoyException(ABSENT, e);
    }
  }
}
