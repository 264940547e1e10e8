package dev.convoy.nn;

/**
 * Marks a layer whose parameters scale and shift what it normalises. Their length has no influence
 * on the function that a network computes beyond that, so training may spare them weight decay.
 */
public interface NormalizationLayer {}
