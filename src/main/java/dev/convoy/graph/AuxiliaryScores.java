package dev.convoy.graph;

import dev.convoy.op.Value;

/**
 * What an auxiliary classifier says, for the loss of training.
 *
 * @param scores N×K
 * @param weight of their loss beside the main classifier's, which has 1
 */
public record AuxiliaryScores(Value scores, double weight) {}
