/**
 * What inference in int8 needs to know of a model's activations.
 *
 * <p>A {@link dev.convoy.calibrate.Calibrator} runs a model in f32 over pictures and collects a
 * {@link dev.convoy.calibrate.Histogram} of every value that quantized operators read or write. A
 * {@link dev.convoy.calibrate.Clipping} makes a range of each: the wider, the coarser the integers;
 * the narrower, the more is cut off. The ranges are a {@link dev.convoy.calibrate.Calibration}, a
 * small file beside the weights; {@link dev.convoy.calibrate.InferencePrecision} makes graphs with
 * it.
 *
 * <pre>{@code
 * Calibrator calibrator = new Calibrator(backend, network, Shape.of(32, 3, 224, 224));
 * calibrator.observe(state, pictures);
 * Calibration calibration = calibrator.calibration("resnet50", Clipping.PERCENTILE);
 * calibration.write(Path.of("resnet50-int8.json"));
 * Graph graph = InferencePrecision.int8(calibration).trace(network, Shape.of(1, 3, 224, 224));
 * }</pre>
 */
@NullMarked
package dev.convoy.calibrate;

import org.jspecify.annotations.NullMarked;
