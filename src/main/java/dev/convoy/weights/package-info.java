/**
 * Trained parameters in files that other frameworks read and write.
 *
 * <p>{@link dev.convoy.weights.WeightsFile} reads any of them, told apart by content: safetensors
 * here, PyTorch's files by {@code weights.torch}, Keras' by {@code weights.keras}. {@code
 * weights.fetch} brings published ones from the network.
 *
 * <pre>{@code
 * WeightsFile file = WeightsFile.read(Path.of("resnet18-f37072fd.pth"));
 * Safetensors.write(Path.of("resnet18.safetensors"), file.tensors(), file.metadata());
 * }</pre>
 *
 * <p>{@link dev.convoy.weights.Safetensors} is the format Convoy saves in: a JSON header with
 * names, types, shapes and places, then the elements. It holds no code, so that a file from a
 * stranger can do nothing but fail to load:
 *
 * <pre>{@code
 * Safetensors.write(path, Map.of("fc.weight", weight, "fc.bias", bias), Map.of("format", "pt"));
 * Safetensors file = Safetensors.read(path);
 * Tensor loaded = file.tensors().get("fc.weight");
 * }</pre>
 *
 * <p>Reading goes in three steps, each a class: {@code HeaderParser} turns the JSON into {@code
 * TensorEntry} records, {@code DataLayout} checks that these cover the data exactly once, and
 * {@code SafetensorsReader} copies the elements. Nothing is allocated before the step that allows
 * it. Every refusal is one line with the file, the tensor, the value and the rule.
 *
 * <p>Nothing here knows layers: a model gives and takes a map from names to tensors.
 */
@NullMarked
package dev.convoy.weights;

import org.jspecify.annotations.NullMarked;
