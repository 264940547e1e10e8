package dev.convoy.interop.jcuda;

import dev.convoy.ConvoyException;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Layout;
import dev.convoy.tensor.TensorType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jcuda.NativePointerObject;
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
    // JCuda has no constructor for an address; an offset from null is one.
    return new CUdeviceptr().withByteOffset(tensor.address());
  }

  /** The stream on which Convoy works with the tensor. */
  public static CUstream stream(DeviceTensor tensor) {
    requireJCuda();
    CUstream stream = new CUstream();
    handleField().set(stream, tensor.stream());
    return stream;
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
    long address = new Address(pointer).value();
    if (address == 0) {
      throw new ConvoyException(
          "a pointer to memory of a device is needed for "
              + type
              + ", this one is null or in the host's memory; allocate it with cuMemAlloc");
    }
    return new DeviceTensor(type, Layout.ROW_MAJOR, address, 0);
  }

  private static void requireJCuda() {
    try {
      Class.forName("jcuda.NativePointerObject", false, JCudaTensors.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new ConvoyException(ABSENT, e);
    }
  }

  /** JCuda fills handles from its native code alone. */
  private static VarHandle handleField() {
    try {
      return MethodHandles.privateLookupIn(NativePointerObject.class, MethodHandles.lookup())
          .findVarHandle(NativePointerObject.class, "nativePointer", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ConvoyException("this version of JCuda keeps handles elsewhere; use 12.6.0", e);
    }
  }

  /** What JCuda lets subclasses see of a pointer. */
  private static final class Address extends Pointer {

    Address(Pointer pointer) {
      super(pointer);
    }

    long value() {
      return getNativePointer() + getByteOffset();
    }
  }
}
