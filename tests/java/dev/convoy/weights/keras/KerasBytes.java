package dev.convoy.weights.keras;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Writes HDF5 files as Keras lays them out. */
public final class KerasBytes {

  private KerasBytes() {}

  /**
   * @param arrays by path within the file, as {@link #array} makes them; a text is an attribute of
   *     the file
   */
  public static Path write(Path file, Map<String, Object> arrays) {
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      Map<String, WritableGroup> groups = new LinkedHashMap<>();
      groups.put("", hdf);
      arrays.forEach(
          (path, array) -> {
            if (array instanceof String text) {
              hdf.putAttribute(path, text);
              return;
            }
            int slash = path.lastIndexOf('/');
            group(groups, slash < 0 ? "" : path.substring(0, slash))
                .putDataset(path.substring(slash + 1), array);
          });
    }
    return file;
  }

  /** What Keras 3 wrote: {@code tests/peers/keras_files.py --fixture}. */
  public static byte[] weightsOfKeras3() throws IOException {
    try (InputStream in = KerasBytes.class.getResourceAsStream("small.weights.h5")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  private static WritableGroup group(Map<String, WritableGroup> groups, String path) {
    WritableGroup known = groups.get(path);
    if (known != null) {
      return known;
    }
    int slash = path.lastIndexOf('/');
    WritableGroup parent = group(groups, slash < 0 ? "" : path.substring(0, slash));
    WritableGroup made = parent.putGroup(path.substring(slash + 1));
    groups.put(path, made);
    return made;
  }

  /** A nested array of floats; element i in row-major order is {@code first + i}. */
  public static Object array(float first, int... shape) {
    Object array = Array.newInstance(float.class, shape);
    fill(array, new float[] {first});
    return array;
  }

  private static void fill(Object array, float[] next) {
    for (int i = 0; i < Array.getLength(array); i++) {
      if (array instanceof float[] row) {
        row[i] = next[0]++;
      } else {
        fill(Array.get(array, i), next);
      }
    }
  }
}
