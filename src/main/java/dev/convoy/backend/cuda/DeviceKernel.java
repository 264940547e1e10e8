package dev.convoy.backend.cuda;

import dev.convoy.backend.Kernel;

/** Work that {@link #run} puts on the stream. Addresses are known when {@link #bind} is called. */
interface DeviceKernel extends Kernel {

  /** Builds the arguments, once, after all memory has its place. */
  void bind();
}
