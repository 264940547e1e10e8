package dev.convoy.weights.keras;

import dev.convoy.ConvoyException;
import dev.convoy.OneLine;
import io.jhdf.HdfFile;
import io.jhdf.api.Dataset;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ContiguousDataset;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Takes the arrays out of an HDF5 file, by layer.
 *
 * <p>Where Keras puts them: version 2 in {@code /LAYER/LAYER/kernel:0}, below {@code
 * /model_weights} if a whole model was saved; version 3 in {@code /layers/LAYER/vars/0}, where the
 * layer's name is its class and a number.
 */
final class KerasHdf5 {

  private static final int DEPTH = 16;
  private static final int NODES = 200_000;
  private static final Set<String> BESIDE =
      Set.of("optimizer_weights", "optimizer", "top_level_model_weights", "_stack");

  private final KerasSource source;
  private final Map<String, List<KerasArray>> layers = new LinkedHashMap<>();
  private final List<String> skipped = new ArrayList<>();
  private final Set<String> depthwise = new HashSet<>();
  private int nodes;
  private long values;

  private KerasHdf5(KerasSource source) {
    this.source = source;
  }

  /** Arrays by layer, in the file's order, and the names of what is no parameter. */
  record Content(Map<String, List<KerasArray>> layers, List<String> skipped) {}

  static Content read(KerasSource source) {
    KerasHdf5 reader = new KerasHdf5(source);
    try (RandomAccessFile file = new RandomAccessFile(source.file().toFile(), "r")) {
      // Its own close() wants a path, which a channel lacks; the file is what must be closed.
      HdfFile hdf = new HdfFile(new MeteredChannel(file));
      reader.requireWhole(hdf, file.length());
      reader.depthwise.addAll(KerasConfig.depthwise(hdf, source));
      reader.walk(root(hdf), List.of());
    } catch (ConvoyException e) {
      throw e;
    } catch (IOException e) {
      throw source.refuse("cannot be read: " + OneLine.of(String.valueOf(e.getMessage())));
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      // The library meets a damaged file with whatever happens to go wrong first.
      throw source.refuse("is damaged, incomplete or no HDF5 of Keras (" + reason(e) + ")", e);
    }
    if (reader.layers.isEmpty()) {
      throw source.refuse("holds no weights of layers; save them with model.save_weights(…)");
    }
    return new Content(reader.layers, reader.skipped);
  }

  private void requireWhole(HdfFile hdf, long length) {
    long expected = hdf.getHdfBackingStorage().getSuperblock().getEndOfFileAddress();
    if (expected > length) {
      throw source.refuse(
          "has %d of its %d bytes; it is incomplete: fetch it again".formatted(length, expected));
    }
  }

  private static String reason(Throwable e) {
    String message = e.getMessage() == null ? "" : ": " + e.getMessage();
    return OneLine.of(e.getClass().getSimpleName() + message);
  }

  private static Group root(HdfFile hdf) {
    return hdf.getChildren().get("model_weights") instanceof Group weights ? weights : hdf;
  }

  private void walk(Group group, List<String> path) {
    if (path.size() > DEPTH) {
      throw source.refuse("has groups nested deeper than %d".formatted(DEPTH));
    }
    for (Map.Entry<String, Node> child : group.getChildren().entrySet()) {
      if (++nodes > NODES) {
        throw source.refuse("has more than %d groups and arrays".formatted(NODES));
      }
      String name = requireName(child.getKey());
      List<String> place = new ArrayList<>(path);
      place.add(name);
      if (child.getValue().isLink()) {
        throw source.refuse("has a link " + OneLine.quoted(name) + "; Keras writes none");
      }
      if (path.isEmpty() && BESIDE.contains(name)) {
        skipped.add(name);
      } else if (child.getValue() instanceof Group inner) {
        walk(inner, place);
      } else if (child.getValue() instanceof Dataset dataset) {
        add(dataset, path, name);
      }
    }
  }

  private String requireName(String name) {
    if (name.isEmpty() || name.codePoints().anyMatch(OneLine::breaksLines)) {
      throw source.refuse("name " + OneLine.quoted(name) + " is empty or has control characters");
    }
    return name;
  }

  private void add(Dataset dataset, List<String> path, String name) {
    boolean numbered = path.size() > 1 && path.get(path.size() - 1).equals("vars");
    String layer = layer(numbered ? path.subList(0, path.size() - 1) : path);
    Optional<KerasArray.Role> role =
        numbered ? KerasVars.role(layer, name) : KerasArray.Role.of(layer, name);
    if (role.isEmpty() || dataset.isScalar() || dataset.isEmpty()) {
      skipped.add(layer + "/" + name);
      return;
    }
    layers
        .computeIfAbsent(layer, key -> new ArrayList<>())
        .add(array(named(role.get(), layer), dataset, layer + "/" + name));
  }

  private KerasArray.Role named(KerasArray.Role role, String layer) {
    boolean depthwiseKernel = role == KerasArray.Role.KERNEL && depthwise.contains(layer);
    return depthwiseKernel ? KerasArray.Role.DEPTHWISE_KERNEL : role;
  }

  /** The layer's name alone, without containers and without Keras 2's repetition of it. */
  private static String layer(List<String> path) {
    List<String> names = path;
    if (!names.isEmpty()
        && (names.get(0).equals("layers")
            || names.get(0).equals("_layer_checkpoint_dependencies"))) {
      names = names.subList(1, names.size());
    }
    int half = names.size() / 2;
    if (names.size() % 2 == 0 && names.subList(0, half).equals(names.subList(half, 2 * half))) {
      names = names.subList(0, half);
    }
    return String.join("/", names);
  }

  private KerasArray array(KerasArray.Role role, Dataset dataset, String name) {
    if (!(dataset instanceof ContiguousDataset) || !dataset.getFilters().isEmpty()) {
      throw source.refuse(
          "array "
              + OneLine.quoted(name)
              + " is in chunks or compressed, as Keras never writes it");
    }
    int[] shape = requireShape(dataset, name);
    Object data = dataset.getDataFlat();
    if (data instanceof float[] floats) {
      return new KerasArray(role, shape, floats);
    }
    if (data instanceof double[] doubles) {
      float[] rounded = new float[doubles.length];
      for (int i = 0; i < rounded.length; i++) {
        rounded[i] = (float) doubles[i];
      }
      return new KerasArray(role, shape, rounded);
    }
    throw source.refuse(
        "array %s holds %s; weights are floating-point numbers"
            .formatted(OneLine.quoted(name), dataset.getJavaType().getSimpleName()));
  }

  private int[] requireShape(Dataset dataset, String name) {
    long count = 1;
    for (long extent : dataset.getDimensionsAsLong()) {
      if (extent < 1 || extent > Integer.MAX_VALUE / count) {
        throw source.refuse(
            "array %s has the shape %s; extents must be from 1 and elements at most 2147483647"
                .formatted(OneLine.quoted(name), Arrays.toString(dataset.getDimensionsAsLong())));
      }
      count *= extent;
    }
    values += count;
    // Contiguous arrays have their bytes in the file: they cannot be more than it holds.
    if (values * 2 > source.file().toFile().length()) {
      throw source.refuse(
          "array %s has %d elements, more than fit into the file"
              .formatted(OneLine.quoted(name), count));
    }
    return dataset.getDimensions();
  }
}
