package dev.convoy.backend;

/**
 * A prepared computation over fixed memory: algorithm chosen, descriptors built, nothing left to
 * decide. {@link #run} allocates nothing.
 */
@FunctionalInterface
public interface Kernel {

  void run();

  /** What the time of a run is spent on. */
  default Role role() {
    return Role.OPERATOR;
  }

  /** What a kernel is to the node that it serves. */
  enum Role {
    /** Computes what the operator means. */
    OPERATOR,
    /** Brings a parameter, or its gradient, into another order or type. */
    WEIGHT_REORDER,
    /** Brings an activation, or its gradient, into another order or type. */
    ACTIVATION_REORDER
  }
}
