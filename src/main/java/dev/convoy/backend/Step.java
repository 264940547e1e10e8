package dev.convoy.backend;

import dev.convoy.graph.Node;

/** A kernel and the node that it serves; a node may need several. */
public record Step(Node node, Kernel kernel) {}
