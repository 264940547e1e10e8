package dev.convoy.weights.torch;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.weights.torch.PickleValues.None;
import dev.convoy.weights.torch.PickleValues.Tuple;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The storages that a pickle refers to, each under one key and with one type and length. */
final class TorchStorages {

  /** Files before PyTorch 0.4 also name parts of a storage. */
  record View(TorchStorage storage, long offset, long elements) {}

  private static final Pattern KEY = Pattern.compile("[0-9A-Za-z_]{1,64}");

  private final TorchSource source;
  private final Map<String, TorchStorage> byKey = new LinkedHashMap<>();

  TorchStorages(TorchSource source) {
    this.source = source;
  }

  Collection<TorchStorage> all() {
    return byKey.values();
  }

  /** By ("storage", type, key, device, elements[, part of it or None]). */
  View of(Object id) {
    if (!(id instanceof Tuple tuple)
        || tuple.items().size() < 5
        || tuple.items().size() > 6
        || !"storage".equals(tuple.items().get(0))) {
      throw source.refuse("refers to " + PickleValues.kind(id) + " that is no storage");
    }
    List<Object> fields = tuple.items();
    if (!(fields.get(1) instanceof StorageType type)
        || !(fields.get(2) instanceof String key)
        || !(fields.get(4) instanceof Long elements)) {
      throw source.refuse("refers to a storage without a known type, a key and a length");
    }
    if (!KEY.matcher(key).matches()) {
      throw source.refuse(
          "a storage has the key " + OneLine.quoted(key) + "; keys are letters and digits");
    }
    TorchStorage storage = checked(type, key, elements);
    Object part = fields.size() == 6 ? fields.get(5) : None.NONE;
    return part == None.NONE ? new View(storage, 0, elements) : part(storage, part);
  }

  private TorchStorage checked(StorageType type, String key, long elements) {
    if (elements < 0 || elements > Integer.MAX_VALUE / type.bytes()) {
      throw source.refuse(
          "storage %s has %d elements; it must be 0 to %d"
              .formatted(key, elements, Integer.MAX_VALUE / type.bytes()));
    }
    TorchStorage storage = new TorchStorage(type, key, elements);
    TorchStorage known = byKey.putIfAbsent(key, storage);
    if (known != null && !known.equals(storage)) {
      throw contradiction(known, storage);
    }
    return storage;
  }

  private View part(TorchStorage storage, Object part) {
    if (part instanceof Tuple tuple
        && tuple.items().size() == 3
        && tuple.items().get(1) instanceof Long offset
        && tuple.items().get(2) instanceof Long elements
        && offset >= 0
        && elements >= 0
        && elements <= storage.elements() - offset) {
      return new View(storage, offset, elements);
    }
    throw source.refuse(
        "a part of storage %s does not lie within its %d elements"
            .formatted(storage.key(), storage.elements()));
  }

  private ConvoyException contradiction(TorchStorage known, TorchStorage other) {
    return source.refuse(
        "storage %s is both %s with %d elements and %s with %d"
            .formatted(
                known.key(), known.type(), known.elements(), other.type(), other.elements()));
  }
}
