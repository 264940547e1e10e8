/**
 * The contract that every backend meets.
 *
 * <p>A {@link dev.convoy.backend.Backend} compiles a graph to an {@link
 * dev.convoy.backend.Executable}: a flat list of {@link dev.convoy.backend.Step}s, each a prepared
 * {@link dev.convoy.backend.Kernel} over fixed memory. Users hold it as a {@link
 * dev.convoy.backend.Program}. Variables live in a {@link dev.convoy.backend.State} that programs
 * share, so that training, evaluation and other batch sizes work on the same weights.
 *
 * <p>{@link dev.convoy.backend.MemoryPlan} places the intermediates of a graph in one arena by
 * their lifetimes; the peak is known before the first run.
 */
@NullMarked
package dev.convoy.backend;

import org.jspecify.annotations.NullMarked;
