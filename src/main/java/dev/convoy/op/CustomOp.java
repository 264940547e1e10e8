package dev.convoy.op;

/**
 * An operator defined outside Convoy. A backend runs it if a kernel for its class was added to the
 * backend's table.
 */
public non-sealed interface CustomOp extends Op {}
