package dev.convoy.data;

import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;

/** Memory of one batch, used again and again. */
final class BatchBuffer {

  private final Batch whole;
  private final ByteBuffer pictures;
  private final IntBuffer labels;
  private int count;

  /**
   * @param dtype of the pictures, F32 or U8
   */
  BatchBuffer(DType dtype, int batchSize, Shape picture) {
    Tensor pictureTensor =
        Tensor.zeros(dtype, batchSize, picture.dim(0), picture.dim(1), picture.dim(2));
    Tensor labelTensor = Tensor.zeros(DType.I32, batchSize);
    whole = new Batch(pictureTensor, labelTensor, batchSize);
    pictures = pictureTensor.bytes();
    labels = labelTensor.bytes().asIntBuffer();
  }

  void put(int position, float[] picture, int label) {
    pictures.asFloatBuffer().put(position * picture.length, picture);
    labels.put(position, label);
  }

  void put(int position, byte[] picture, int label) {
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
