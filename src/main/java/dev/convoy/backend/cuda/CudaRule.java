package dev.convoy.backend.cuda;

import dev.convoy.graph.Node;

/** Lowers a node: prepares its kernels and adds them to the program. */
@FunctionalInterface
interface CudaRule {

  void lower(Node node, CudaLowering lowering);
}
