package dev.convoy.backend.cuda;

import dev.convoy.backend.MemoryPlan;
import dev.convoy.backend.Place;
import org.bytedeco.javacpp.Pointer;

/** A place in the GPU's memory; its address is known once the program is placed. */
final class DevicePlace extends Place {

  /**
   * Of addresses in blocks of our own: what {@code cudaMalloc} promises, and what cuDNN and cuBLAS
   * may take for granted of their workspaces.
   */
  static final long ALIGNMENT = 256;

  private long address;

  DevicePlace(long bytes) {
    super(bytes);
  }

  /** A place whose address is known already. */
  static DevicePlace at(long address, long bytes) {
    DevicePlace place = new DevicePlace(bytes);
    place.place(address);
    return place;
  }

  void place(long where) {
    address = where;
  }

  long address() {
    if (address == 0) {
      throw new IllegalStateException("this place has no address yet");
    }
    return address;
  }

  static long aligned(long bytes) {
    return MemoryPlan.aligned(bytes, ALIGNMENT);
  }

  Pointer pointer() {
    return at(address());
  }

  /** An address of the device's memory as the bindings want it; never read by the CPU. */
  static Pointer at(long where) {
    return new DevicePointer(where);
  }

  private static final class DevicePointer extends Pointer {

    DevicePointer(long where) {
      this.address = where;
    }
  }
}
