package dev.convoy.backend.onednn;

import dev.convoy.graph.Node;

/** Lowers a node: creates its primitives and adds them to the program. */
@FunctionalInterface
interface OneDnnKernel {

  void lower(Node node, Lowering lowering);
}
