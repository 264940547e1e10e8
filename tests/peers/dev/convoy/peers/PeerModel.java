package dev.convoy.peers;

import dev.convoy.ConvoyException;
import dev.convoy.model.ModelDescription;
import dev.convoy.model.ModelZoo;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.BatchNormForm;
import dev.convoy.onnx.OnnxExport;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A network that is measured: one of the zoo, or one that only stands here.
 *
 * @param picture C×H×W
 */
record PeerModel(String name, Layer layer, Shape picture, int classes) {

  /**
   * By its name.
   *
   * @throws ConvoyException if there is none of this name
   */
  static PeerModel named(String name) {
    if (name.equals(UnetDecoder.NAME)) {
      Shape picture = UnetDecoder.PICTURE;
      Layer layer = new UnetDecoder(picture.dim(0), UnetDecoder.CLASSES);
      return new PeerModel(name, layer, picture, UnetDecoder.CLASSES);
    }
    ModelDescription zoo = ModelZoo.named(name);
    return new PeerModel(name, zoo.build(zoo.input(), zoo.classes()), zoo.input(), zoo.classes());
  }

  /** The shape of a batch. */
  Shape pictures(int batch) {
    return Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
  }

  /** The model as {@code convoy bench --model} takes it: by name, or as a file in a folder. */
  String forConvoy(Path folder) {
    if (!name.equals(UnetDecoder.NAME)) {
      return name;
    }
    Path file = folder.resolve(name + ".onnx");
    OnnxExport.write(file, layer, picture, startingWeights(), BatchNormForm.SEPARATE);
    return file.toString();
  }

  /** What training starts from. */
  Map<String, Tensor> startingWeights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    for (Parameter parameter : layer.parameters()) {
      weights.put(
          parameter.path(), parameter.initializer().create(parameter.shape(), 1, weights.size()));
    }
    return weights;
  }
}
