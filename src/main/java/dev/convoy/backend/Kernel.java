package dev.convoy.backend;

/**
 * A prepared computation over fixed memory: algorithm chosen, descriptors built, nothing left to
 * decide. {@link #run} allocates nothing.
 */
@FunctionalInterface
public interface Kernel {

  void run();
}
