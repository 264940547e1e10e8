package dev.convoy.backend.onednn;

import dev.convoy.backend.Kernel;

/**
 * A kernel in C++.
 *
 * @param file its family's, in {@code native/}
 */
record NativeCall(String file, Role role, Kernel call) implements Kernel {

  NativeCall(String file, Kernel call) {
    this(file, Role.OPERATOR, call);
  }

  @Override
  public void run() {
    call.run();
  }

  @Override
  public String toString() {
    return file;
  }
}
