package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;

/**
 * A kernel in C++.
 *
 * @param file its family's, in {@code native/}
 */
record NativeCall(String file, Kernel call) implements Kernel {

  @Override
  public void run() {
    call.run();
  }

  @Override
  public String toString() {
    return file;
  }
}
