package dev.convoy.onnx.format;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Name and type of an input or output of a graph.
 *
 * @param elementType number of the element type, 0 if it is not said or no tensor
 * @param dims null if no shape is said
 */
public record ValueInfoProto(String name, long elementType, @Nullable List<Dimension> dims) {

  /**
   * One extent.
   *
   * @param extent -1 if it is free
   * @param symbol name of a free extent, may be empty
   */
  public record Dimension(long extent, String symbol) {

    public static Dimension of(long extent) {
      return new Dimension(extent, "");
    }

    public static Dimension free(String symbol) {
      return new Dimension(-1, symbol);
    }

    public boolean isFree() {
      return extent < 0;
    }

    @Override
    public String toString() {
      return !isFree() ? Long.toString(extent) : symbol.isEmpty() ? "?" : Printable.of(symbol);
    }
  }

  public ValueInfoProto {
    dims = dims == null ? null : List.copyOf(dims);
  }

  /** For example {@code N×3×224×224}. */
  public String shape() {
    return dims == null
        ? "of any shape"
        : dims.isEmpty()
            ? "scalar"
            : dims.stream().map(Dimension::toString).collect(Collectors.joining("×"));
  }
}
