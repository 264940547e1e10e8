package dev.convoy.backend.cuda;

import dev.convoy.backend.Place;
import org.bytedeco.javacpp.Pointer;

/** A place in the GPU's memory; its address is known once the program is placed. */
final class DevicePlace extends Place {

  private long address;

  DevicePlace(long bytes) {
    super(bytes);
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
