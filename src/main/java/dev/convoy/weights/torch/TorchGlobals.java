package dev.convoy.weights.torch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import dev.convoy.weights.torch.PickleValues.Dictionary;
import dev.convoy.weights.torch.PickleValues.None;
import dev.convoy.weights.torch.PickleValues.Tuple;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The names that tensors need, and what calling them makes: plain records. Every other name is
 * refused, whatever it is; nothing is looked up on the class path.
 */
final class TorchGlobals implements PickleGlobals {

  private enum Function {
    DICTIONARY,
    REBUILD_TENSOR,
    REBUILD_PARAMETER,
    SIZE,
    DEVICE,
    ENCODE
  }

  /** A number type or memory layout by name; only entries beside the tensors use them. */
  private record Constant(String name) {}

  private static final Map<String, Function> FUNCTIONS =
      Map.of(
          "collections.OrderedDict", Function.DICTIONARY,
          "collections.Counter", Function.DICTIONARY,
          "torch._utils._rebuild_tensor", Function.REBUILD_TENSOR,
          "torch._utils._rebuild_tensor_v2", Function.REBUILD_TENSOR,
          "torch._utils._rebuild_parameter", Function.REBUILD_PARAMETER,
          "torch.Size", Function.SIZE,
          "torch.device", Function.DEVICE,
          "_codecs.encode", Function.ENCODE);

  private static final Set<String> CONSTANTS =
      Set.of(
          "torch.float32",
          "torch.float64",
          "torch.float16",
          "torch.bfloat16",
          "torch.int64",
          "torch.int32",
          "torch.uint8",
          "torch.bool");

  private final TorchSource source;
  private final TorchStorages storages;
  private int tensors;

  TorchGlobals(TorchSource source, TorchStorages storages) {
    this.source = source;
    this.storages = storages;
  }

  @Override
  public Object named(String module, String name) {
    String full = module + "." + name;
    if (module.equals("torch") || module.equals("torch.cuda")) {
      Optional<StorageType> storage = StorageType.named(name);
      if (storage.isPresent()) {
        return storage.get();
      }
    }
    if (CONSTANTS.contains(full)) {
      return new Constant(full);
    }
    Function function = FUNCTIONS.get(full);
    if (function == null) {
      throw refuse(
          "names "
              + OneLine.quoted(full)
              + "; only the names that tensors need are known, and no code of a file is ever run;"
              + " save the weights alone: torch.save(model.state_dict(), file)");
    }
    return function;
  }

  @Override
  public Object call(Object callable, List<Object> arguments) {
    if (!(callable instanceof Function function)) {
      throw refuse("calls " + PickleValues.kind(callable) + ", which is no function");
    }
    return switch (function) {
      case DICTIONARY -> new Dictionary();
      case REBUILD_TENSOR -> tensor(arguments);
      case REBUILD_PARAMETER -> argument(arguments, 0, TorchTensor.class, "a tensor");
      case SIZE -> argument(arguments, 0, Tuple.class, "a tuple");
      case DEVICE -> None.NONE;
      case ENCODE ->
          ByteBuffer.wrap(argument(arguments, 0, String.class, "a string").getBytes(ISO_8859_1));
    };
  }

  @Override
  public Object external(Object id) {
    return storages.of(id);
  }

  /** (storage, offset, sizes, strides, …): what follows is about gradients. */
  private TorchTensor tensor(List<Object> arguments) {
    if (++tensors > TorchLimits.TENSORS) {
      throw refuse("has more than %d tensors".formatted(TorchLimits.TENSORS));
    }
    TorchStorages.View view = argument(arguments, 0, TorchStorages.View.class, "a storage");
    long offset = argument(arguments, 1, Long.class, "a whole number");
    long[] sizes = extents(argument(arguments, 2, Tuple.class, "a tuple"), "size");
    long[] strides = extents(argument(arguments, 3, Tuple.class, "a tuple"), "stride");
    if (strides.length != sizes.length) {
      throw refuse("a tensor has %d sizes and %d strides".formatted(sizes.length, strides.length));
    }
    if (offset < 0) {
      throw refuse("a tensor begins at element " + offset + " of its storage");
    }
    return within(view, new TorchTensor(view.storage(), offset, sizes, strides));
  }

  private TorchTensor within(TorchStorages.View view, TorchTensor tensor) {
    if (tensor.isEmpty()) {
      return tensor;
    }
    try {
      if (tensor.lastIndex() < view.elements()) {
        return new TorchTensor(
            tensor.storage(), tensor.offset() + view.offset(), tensor.sizes(), tensor.strides());
      }
    } catch (ArithmeticException e) {
      // Beyond 2⁶³ is beyond the storage too.
    }
    throw refuse(
        "a tensor of sizes %s, strides %s from element %d reaches beyond its storage of %d"
            .formatted(
                Arrays.toString(tensor.sizes()),
                Arrays.toString(tensor.strides()),
                tensor.offset(),
                view.elements()));
  }

  private long[] extents(Tuple tuple, String what) {
    if (tuple.items().size() > TorchLimits.RANK) {
      throw refuse("a tensor has more than %d %ss".formatted(TorchLimits.RANK, what));
    }
    long[] extents = new long[tuple.items().size()];
    for (int i = 0; i < extents.length; i++) {
      if (!(tuple.items().get(i) instanceof Long extent) || extent < 0) {
        throw refuse("a tensor has a %s that is no whole number from 0".formatted(what));
      }
      extents[i] = extent;
    }
    return extents;
  }

  private <T> T argument(List<Object> arguments, int index, Class<T> type, String what) {
    if (index >= arguments.size() || !type.isInstance(arguments.get(index))) {
      throw refuse(
          "argument %d of a call is %s, but %s is needed"
              .formatted(
                  index + 1,
                  index < arguments.size() ? PickleValues.kind(arguments.get(index)) : "missing",
                  what));
    }
    return type.cast(arguments.get(index));
  }

  private ConvoyException refuse(String reason) {
    return source.refuse(reason);
  }
}
