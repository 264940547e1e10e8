package dev.convoy.weights.torch;

/**
 * A run of elements in the file, of which tensors are views.
 *
 * @param key its name in the file
 * @param elements how many there are
 */
record TorchStorage(StorageType type, String key, long elements) {

  long bytes() {
    return elements * type.bytes();
  }
}
