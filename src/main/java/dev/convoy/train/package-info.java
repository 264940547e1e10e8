/**
 * Training: a model, data and an optimiser become a run that can be watched, stopped and resumed.
 *
 * <p>{@link dev.convoy.train.TrainingGraph} traces the model, appends the loss, its gradients and
 * the optimiser's update, and rewrites the result with passes; {@link
 * dev.convoy.train.InferenceGraph} does the same without learning. {@link dev.convoy.train.Trainer}
 * compiles both against the same variables and runs them batch by batch.
 *
 * <p>A run is a function of its {@link dev.convoy.train.TrainingSettings}: the order of the
 * pictures follows from (seed, epoch), the dropped units from (seed, step). A {@link
 * dev.convoy.train.Checkpoint} therefore holds the variables and a {@link
 * dev.convoy.train.Position}, and a resumed run continues bit for bit. {@link
 * dev.convoy.train.RunFolder} keeps the files:
 *
 * <pre>
 * runs/lenet5/
 *   weights.safetensors      the model's parameters and statistics, for prediction
 *   weights-ema.safetensors  their moving average, with --model-ema
 *   weights-best.safetensors those of the best epoch, with --patience
 *   checkpoint.safetensors   all variables and the position, for resuming
 *   history.json             one entry an epoch
 *   settings.json            what was asked for
 * </pre>
 */
@NullMarked
package dev.convoy.train;

import org.jspecify.annotations.NullMarked;
