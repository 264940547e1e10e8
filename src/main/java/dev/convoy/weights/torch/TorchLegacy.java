package dev.convoy.weights.torch;

import dev.convoy.weights.torch.PickleValues.Sequence;
import java.io.BufferedInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The format before PyTorch 1.6 ({@code torch/serialization.py}, {@code _legacy_load}): pickles of
 * a magic number, a protocol, the writer's machine, the object and the keys of its storages; then
 * for each key the number of elements in 8 bytes and the elements, little-endian on every machine.
 */
final class TorchLegacy {

  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long PROTOCOL = 1001;

  private TorchLegacy() {}

  static TorchFile read(TorchSource source) throws IOException {
    try (InputStream file = new FileInputStream(source.file().toFile());
        InputStream buffered = new BufferedInputStream(file, 1 << 16)) {
      PickleInput in = new PickleInput(source, "pickle", buffered, source.bytes());
      TorchStorages storages = new TorchStorages(source);
      TorchGlobals globals = new TorchGlobals(source, storages);
      if (!MAGIC.equals(PickleReader.read(in, globals))) {
        throw source.refuse("is a pickle, but not one that torch.save wrote");
      }
      if (!Long.valueOf(PROTOCOL).equals(PickleReader.read(in, globals))) {
        throw source.refuse("is not of protocol " + PROTOCOL + "; save it again with PyTorch 1.6+");
      }
      PickleReader.read(in, globals); // The writer's byte order and sizes change nothing.
      StateDict parameters = StateDict.in(PickleReader.read(in, globals), source);
      Object keys = PickleReader.read(in, globals);
      Set<String> needed = StorageBytes.needed(parameters, source);
      Map<String, byte[]> bytes = readStorages(source, in, storages, keys, needed);
      return StorageBytes.tensors(parameters, bytes, source);
    }
  }

  private static Map<String, byte[]> readStorages(
      TorchSource source, PickleInput in, TorchStorages storages, Object keys, Set<String> needed)
      throws IOException {
    Map<String, TorchStorage> byKey =
        storages.all().stream().collect(Collectors.toMap(TorchStorage::key, Function.identity()));
    Set<String> missing = new HashSet<>(byKey.keySet());
    Map<String, byte[]> bytes = new HashMap<>();
    for (Object key : requireList(source, keys).items) {
      TorchStorage storage = key instanceof String name ? byKey.get(name) : null;
      if (storage == null || !missing.remove(storage.key())) {
        throw source.refuse("lists a storage that no tensor refers to, or lists one twice");
      }
      long elements = in.readNumber(8).getLong();
      if (elements != storage.elements()) {
        throw source.refuse(
            "storage %s has %d elements, but its tensors say %d"
                .formatted(storage.key(), elements, storage.elements()));
      }
      if (needed.contains(storage.key())) {
        bytes.put(storage.key(), in.readBytes(storage.bytes()));
      } else {
        in.skip(storage.bytes());
      }
    }
    missing.retainAll(needed);
    if (!missing.isEmpty()) {
      throw source.refuse("storage %s is missing".formatted(missing.iterator().next()));
    }
    return bytes;
  }

  private static Sequence requireList(TorchSource source, Object keys) {
    if (keys instanceof Sequence list) {
      return list;
    }
    throw source.refuse("has %s where its storages are listed".formatted(PickleValues.kind(keys)));
  }
}
