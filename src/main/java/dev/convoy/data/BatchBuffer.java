package dev.convoy.data;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/** Memory of one batch, used again and again. */
final class BatchBuffer {

  private final Batch whole;
  private final FloatBuffer pictures;
  private final IntBuffer labels;
  private int count;

  BatchBuffer(int batchSize, Shape picture) {
    Tensor pictureTensor =
        Tensor.zeros(DType.F32, batchSize, picture.dim(0), picture.dim(1), picture.dim(2));
    Tensor labelTensor = Tensor.zeros(DType.I32, batchSize);
    whole = new Batch(pictureTensor, labelTensor, batchSize);
    pictures = pictureTensor.bytes().asFloatBuffer();
    labels = labelTensor.bytes().asIntBuffer();
  }

  void put(int position, float[] picture, int label) {
    pictures.put(position * picture.length, picture);
    labels.put(position, label);
  }

  void setCount(int count) {
    this.count = count;
  }

  Batch batch() {
    return count == whole.count() ? whole : new Batch(whole.pictures(), whole.labels(), count);
  }
}
