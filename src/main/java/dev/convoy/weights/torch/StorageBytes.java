package dev.convoy.weights.torch;

import dev.convoy.OneLine;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Makes tensors of views and the bytes of their storages. */
final class StorageBytes {

  private final TorchSource source;
  private final Map<String, byte[]> byKey;

  private StorageBytes(TorchSource source, Map<String, byte[]> byKey) {
    this.source = source;
    this.byKey = byKey;
  }

  /** Keys of the storages that the parameters are views of; all others need not be read. */
  static Set<String> needed(StateDict parameters, TorchSource source) {
    Set<TorchStorage> storages =
        parameters.tensors().values().stream()
            .map(TorchTensor::storage)
            .collect(Collectors.toSet());
    source.requireRoom(storages.stream().mapToLong(TorchStorage::bytes).sum(), "its storages");
    return storages.stream().map(TorchStorage::key).collect(Collectors.toSet());
  }

  /**
   * @param bytes of each needed storage, little-endian; those that one tensor covers whole become
   *     that tensor without a copy
   */
  static TorchFile tensors(StateDict parameters, Map<String, byte[]> bytes, TorchSource source) {
    requireSizes(parameters, source);
    StorageBytes storages = new StorageBytes(source, bytes);
    Set<String> given = new HashSet<>();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters
        .tensors()
        .forEach(
            (name, view) -> {
              boolean first = given.add(view.storage().key());
              tensors.put(name, storages.tensor(view, first));
            });
    return new TorchFile(Collections.unmodifiableMap(tensors), List.copyOf(parameters.skipped()));
  }

  /** Strides of 0 make much of little. */
  private static void requireSizes(StateDict parameters, TorchSource source) {
    long total = 0;
    for (Map.Entry<String, TorchTensor> entry : parameters.tensors().entrySet()) {
      double elements = 1;
      for (long size : entry.getValue().sizes()) {
        elements *= size;
      }
      double bytes = elements * entry.getValue().storage().type().dtype().bytes();
      if (bytes > Integer.MAX_VALUE) {
        throw source.refuse(
            "tensor %s has %.0f bytes; the limit is 2147483647"
                .formatted(OneLine.quoted(entry.getKey()), bytes));
      }
      total += (long) bytes;
    }
    source.requireRoom(total, "its tensors");
  }

  private Tensor tensor(TorchTensor view, boolean first) {
    byte[] bytes = Objects.requireNonNull(byKey.get(view.storage().key()));
    TensorType type = view.type();
    StorageType storage = view.storage().type();
    boolean dense = view.isContiguous() && storage.keepsElements();
    if (dense) {
      int begin = Math.toIntExact(view.offset() * storage.bytes());
      ByteBuffer slice = ByteBuffer.wrap(bytes, begin, (int) type.bytes());
      if (first && type.bytes() == bytes.length) {
        return Tensor.wrap(type, slice);
      }
      Tensor copy = Tensor.zeros(type);
      copy.bytes().put(slice);
      return copy;
    }
    Tensor copy = Tensor.zeros(type);
    new StridedCopy(view, ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)).into(copy);
    return copy;
  }
}
