/**
 * Looking into models: {@link dev.convoy.inspect.ModelSummary} lists the layers with their costs,
 * {@link dev.convoy.inspect.BackendComparison} runs a model operator by operator on two backends
 * and finds where they part, {@link dev.convoy.inspect.Benchmark} measures speed on made-up data.
 */
@NullMarked
package dev.convoy.inspect;

import org.jspecify.annotations.NullMarked;
