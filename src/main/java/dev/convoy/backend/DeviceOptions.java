package dev.convoy.backend;

/**
 * Which device a backend computes on, and how.
 *
 * @param index counts a backend's devices from 0
 * @param capture whether a step may be launched as one graph, where the device can
 * @param tensorFloat32 whether products of f32 may round their factors to TF32, 10 bits of mantissa
 *     (NVIDIA Ampere architecture whitepaper), where the device can
 */
public record DeviceOptions(int index, boolean capture, boolean tensorFloat32) {

  /** The first device, as fast as it goes. */
  public static final DeviceOptions DEFAULT = new DeviceOptions(0, true, true);

  DeviceOptions withIndex(int changed) {
    return new DeviceOptions(changed, capture, tensorFloat32);
  }
}
