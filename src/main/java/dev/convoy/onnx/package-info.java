/**
 * Networks from and to ONNX files.
 *
 * <pre>{@code
 * OnnxModel model = OnnxModel.read(Path.of("resnet18.onnx")); // a layer with its weights
 * OnnxExport.write(Path.of("lenet5.onnx"), network, Shape.of(1, 28, 28), weights);
 * }</pre>
 *
 * <p>Reading: {@link dev.convoy.onnx.format} makes records of the file. {@code ModelAnalysis} finds
 * the parameters and folds what is known; {@code ModelTrace} then goes through the nodes whenever
 * the model is applied, with one line in {@code OperatorTable} for each operator. Since shapes are
 * known while tracing, whatever an exporter computes from shapes is a plain number here.
 *
 * <p>Writing: the inference graph is traced for two batch sizes; extents that differ are free in
 * the file. {@code NodeExport} has a case for each operator.
 *
 * <p>Operators know nothing of this package.
 */
@NullMarked
package dev.convoy.onnx;

import org.jspecify.annotations.NullMarked;
