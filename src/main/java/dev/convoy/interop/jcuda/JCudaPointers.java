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

/** Addresses and handles in JCuda's objects. */
final class JCudaPointers {

  private static final VarHandle HANDLE = handle();

  private JCudaPointers() {}

  /** JCuda has no constructor for an address; an offset from null is one. */
  static CUdeviceptr at(long address) {
    return new CUdeviceptr().withByteOffset(address);
  }

  static CUstream stream(long handle) {
    CUstream stream = new CUstream();
    HANDLE.set((NativePointerObject) stream, handle);
    return stream;
  }

  static DeviceTensor wrap(Pointer pointer, TensorType type) {
    long address = new Address(pointer).value();
    if (address == 0) {
      throw new ConvoyException(
          "a pointer to memory of a device is needed for "
              + type
              + ", this one is null or in the host's memory; allocate it with cuMemAlloc");
    }
    return new DeviceTensor(type, Layout.ROW_MAJOR, address, 0);
  }

  /** JCuda fills handles from its native code alone, so there is no method for it. */
  private static VarHandle handle() {
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
