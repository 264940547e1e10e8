package dev.convoy.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudnn.cudnnBackendDescriptor_t;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** An object of cuDNN's graph API: attributes are set, then it is finalised. */
final class CudnnDescriptor implements AutoCloseable {

  private final String what;
  private final cudnnBackendDescriptor_t handle = new cudnnBackendDescriptor_t();
  // Descriptors that this one refers to must outlive it.
  private final List<CudnnDescriptor> parts = new ArrayList<>();

  CudnnDescriptor(int type, String what) {
    this.what = what;
    CudaException.checkCudnn(cudnn.cudnnBackendCreateDescriptor(type, handle), "creating " + what);
  }

  cudnnBackendDescriptor_t handle() {
    return handle;
  }

  CudnnDescriptor set(int attribute, int type, long count, Pointer values) {
    CudaException.checkCudnn(
        cudnn.cudnnBackendSetAttribute(handle, attribute, type, count, values),
        "describing " + what + " (attribute " + attribute + ")");
    return this;
  }

  CudnnDescriptor setLongs(int attribute, long... values) {
    try (LongPointer array = new LongPointer(values)) {
      return set(attribute, cudnn.CUDNN_TYPE_INT64, values.length, array);
    }
  }

  /** A value of an enumeration; {@code type} names which. */
  CudnnDescriptor setEnum(int attribute, int type, int value) {
    try (IntPointer array = new IntPointer(new int[] {value})) {
      return set(attribute, type, 1, array);
    }
  }

  CudnnDescriptor setBoolean(int attribute, boolean value) {
    try (BytePointer array = new BytePointer(new byte[] {(byte) (value ? 1 : 0)})) {
      return set(attribute, cudnn.CUDNN_TYPE_BOOLEAN, 1, array);
    }
  }

  CudnnDescriptor setFloat(int attribute, float value) {
    try (FloatPointer array = new FloatPointer(value)) {
      return set(attribute, cudnn.CUDNN_TYPE_FLOAT, 1, array);
    }
  }

  CudnnDescriptor setDouble(int attribute, double value) {
    try (DoublePointer array = new DoublePointer(value)) {
      return set(attribute, cudnn.CUDNN_TYPE_DOUBLE, 1, array);
    }
  }

  CudnnDescriptor setPointers(int attribute, long... addresses) {
    try (LongPointer array = new LongPointer(addresses)) {
      return set(attribute, cudnn.CUDNN_TYPE_VOID_PTR, addresses.length, array);
    }
  }

  CudnnDescriptor setHandle(int attribute, Pointer library) {
    try (PointerPointer<Pointer> array = new PointerPointer<>(library)) {
      return set(attribute, cudnn.CUDNN_TYPE_HANDLE, 1, array);
    }
  }

  CudnnDescriptor setParts(int attribute, CudnnDescriptor... descriptors) {
    try (PointerPointer<Pointer> array = new PointerPointer<>(descriptors.length)) {
      for (int i = 0; i < descriptors.length; i++) {
        array.put(i, descriptors[i].handle);
        parts.add(descriptors[i]);
      }
      return set(attribute, cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR, descriptors.length, array);
    }
  }

  CudnnDescriptor finalise() {
    CudaException.checkCudnn(tryFinalise(), "finishing " + what);
    return this;
  }

  /** The status instead of an exception: an engine that does not fit says so here. */
  int tryFinalise() {
    return cudnn.cudnnBackendFinalize(handle);
  }

  long getLong(int attribute) {
    try (LongPointer value = new LongPointer(1);
        LongPointer count = new LongPointer(1)) {
      CudaException.checkCudnn(
          cudnn.cudnnBackendGetAttribute(
              handle, attribute, cudnn.CUDNN_TYPE_INT64, 1, count, value),
          "reading " + what);
      return value.get();
    }
  }

  /** Values of an enumeration, at most {@code most} of them. */
  int[] getEnums(int attribute, int type, int most) {
    try (IntPointer values = new IntPointer(most);
        LongPointer count = new LongPointer(1)) {
      CudaException.checkCudnn(
          cudnn.cudnnBackendGetAttribute(handle, attribute, type, most, count, values),
          "reading " + what);
      int[] result = new int[(int) Math.min(most, count.get())];
      values.get(result);
      return result;
    }
  }

  /** Fills fresh descriptors of a type with what an attribute lists; as many as there are. */
  List<CudnnDescriptor> getParts(int attribute, int type, String each, int most) {
    List<CudnnDescriptor> found = new ArrayList<>();
    try (PointerPointer<Pointer> array = new PointerPointer<>(most);
        LongPointer count = new LongPointer(1)) {
      for (int i = 0; i < most; i++) {
        CudnnDescriptor part = new CudnnDescriptor(type, each);
        found.add(part);
        array.put(i, part.handle);
      }
      CudaException.checkCudnn(
          cudnn.cudnnBackendGetAttribute(
              handle, attribute, cudnn.CUDNN_TYPE_BACKEND_DESCRIPTOR, most, count, array),
          "reading " + what);
      int there = (int) Math.min(most, count.get());
      found.subList(there, most).forEach(CudnnDescriptor::close);
      return new ArrayList<>(found.subList(0, there));
    }
  }

  @Override
  public void close() {
    if (!handle.isNull()) {
      cudnn.cudnnBackendDestroyDescriptor(handle);
      handle.setNull();
    }
  }
}
