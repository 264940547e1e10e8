package dev.convoy.backend.reference;

/** Computes outputs from inputs; both are in rows of N×C×H×W, outputs not yet rounded. */
@FunctionalInterface
public interface ReferenceKernel {

  void run(double[][] inputs, double[][] outputs);
}
