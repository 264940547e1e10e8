/**
 * Optimisers and learning-rate schedules.
 *
 * <p>An {@link dev.convoy.optim.Optimizer} appends the update of each parameter to the graph of the
 * training step, so that backward pass and update are one program. A {@link
 * dev.convoy.optim.LearningRateSchedule} gives the rate that is fed before each step:
 *
 * <pre>{@code
 * Optimizer optimizer = new Sgd(0.9, 1e-4, false);
 * LearningRateSchedule schedule = new WarmUp(500, 0.01, new Cosine(0.1, 0, 9_500));
 * double rate = schedule.at(step);
 * }</pre>
 */
@NullMarked
package dev.convoy.optim;

import org.jspecify.annotations.NullMarked;
