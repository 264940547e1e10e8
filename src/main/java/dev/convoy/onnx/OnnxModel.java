package dev.convoy.onnx;

import dev.convoy.ConvoyException;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.nn.Layer;
import dev.convoy.nn.Parameter;
import dev.convoy.onnx.format.ElementType;
import dev.convoy.onnx.format.GraphProto;
import dev.convoy.onnx.format.ModelProto;
import dev.convoy.onnx.format.NodeProto;
import dev.convoy.onnx.format.OnnxFile;
import dev.convoy.onnx.format.Printable;
import dev.convoy.onnx.format.ValueInfoProto;
import dev.convoy.op.ReshapeOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A network from an ONNX file: a layer like any other, that can be run, trained and saved.
 *
 * <p>Its parameters are called as the file's initialisers and start with their numbers; where names
 * are paths such as {@code layer1.0.conv1.weight}, it has the layers of these paths, to be frozen
 * or learned at other rates. Running means and variances of batch normalisation are statistics, not
 * learned. In training, dropout drops and batch normalisation uses the batch. Input: pictures
 * N×C×H×W with any N, even if the file was exported for one batch size. Output: the graph's first.
 */
public final class OnnxModel extends Layer {

  static final int OLDEST_OPERATOR_SET = 7;
  static final int NEWEST_OPERATOR_SET = 21;

  private final String source;
  private final ModelProto model;
  private final ModelAnalysis analysis;
  private final ValueInfoProto input;
  private final boolean flat;
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, NamedLayer> layers = new HashMap<>();

  private OnnxModel(String source, ModelProto model, boolean flat) {
    this.source = source;
    this.model = model;
    this.flat = flat;
    input = onlyInput();
    analysis = ModelAnalysis.of(model.graph(), operatorSet());
    analysis.weights().forEach(this::register);
    if (hasFixedPicture()) {
      requireFreeBatch();
    }
  }

  /**
   * Reads a model with its weights; operator sets 7 to 21.
   *
   * @throws ConvoyException if the file is damaged, or the network does not take pictures or needs
   *     an operator that is not supported, naming the node
   */
  public static OnnxModel read(Path file) {
    ModelProto model = OnnxFile.read(file);
    String source = "ONNX file " + Printable.of(file.toString());
    return create(source, model, false);
  }

  private static OnnxModel create(String source, ModelProto model, boolean flat) {
    try {
      return new OnnxModel(source, model, flat);
    } catch (ConvoyException e) {
      throw new ConvoyException(source + ": " + e.getMessage(), e);
    }
  }

  /**
   * The same network as losses and commands want it: scores N×K. A softmax at the end is left out,
   * since they apply their own, and scores N×K×1×1 become N×K.
   */
  public OnnxModel classifier() {
    GraphProto graph = model.graph();
    ValueInfoProto output = graph.outputs().get(0);
    Optional<NodeProto> last =
        analysis.nodes().stream()
            .filter(node -> node.outputs().contains(output.name()))
            .filter(node -> node.operator().matches("(Log)?Softmax"))
            .findFirst();
    ValueInfoProto scores =
        last.map(node -> new ValueInfoProto(node.inputs().get(0), output.elementType(), null))
            .orElse(output);
    GraphProto shortened =
        new GraphProto(
            graph.name(), graph.nodes(), graph.initializers(), graph.inputs(), List.of(scores));
    return create(
        source,
        new ModelProto(model.irVersion(), model.producer(), model.operatorSets(), shortened),
        true);
  }

  /**
   * The pictures that it takes, C×H×W.
   *
   * @throws ConvoyException if the file leaves their size open
   */
  public Shape picture() {
    if (!hasFixedPicture()) {
      throw new ConvoyException(
          "%s: its input \"%s\" %s leaves the size of the pictures open; export it with a fixed one"
              .formatted(source, Printable.of(input.name()), input.shape()));
    }
    return Shape.of((int) extent(1), (int) extent(2), (int) extent(3));
  }

  /** Entries of its output for a picture: the number of classes of a classifier. */
  public int classes() {
    return output(1).dim(1);
  }

  /** The file's numbers by parameter name, in f32. */
  public Map<String, Tensor> weights() {
    Map<String, Tensor> weights = new LinkedHashMap<>();
    analysis
        .weights()
        .forEach((name, weight) -> weights.put(name, weight.tensor().tensor().cast(DType.F32)));
    return weights;
  }

  @Override
  protected Value forward(Value x) {
    requirePicture(x.shape());
    BatchAxis batch = new BatchAxis(extent(0), x.shape().dim(0));
    ModelTrace trace = new ModelTrace(analysis, operatorSet(), batch, parameters, path());
    Value y = trace.run(input.name(), x, model.graph().outputs().get(0).name());
    boolean pointwise = y.shape().rank() == 4 && y.shape().dim(2) == 1 && y.shape().dim(3) == 1;
    return flat && pointwise ? y.apply(ReshapeOp.flatten(y.shape())) : y;
  }

  private void register(String name, ModelAnalysis.Weight weight) {
    int dot = name.lastIndexOf('.');
    boolean isPath = dot > 0 && !("." + name + ".").contains("..");
    if (!isPath) {
      boolean learned = weight.role() == ModelAnalysis.Role.LEARNED;
      Shape shape = weight.shape();
      parameters.put(
          name,
          learned
              ? parameter(name, shape, weight.initializer())
              : statistic(name, shape, weight.initializer()));
      return;
    }
    String[] path = name.substring(0, dot).split("\\.", -1);
    NamedLayer layer = layers.get(path[0]);
    if (layer == null) {
      layer = child(path[0], new NamedLayer());
      layers.put(path[0], layer);
    }
    for (int i = 1; i < path.length; i++) {
      layer = layer.below(path[i]);
    }
    parameters.put(name, layer.register(name.substring(dot + 1), weight));
  }

  private long operatorSet() {
    long version = model.operatorSets().getOrDefault("", 0L);
    if (version < OLDEST_OPERATOR_SET || version > NEWEST_OPERATOR_SET) {
      throw new ConvoyException(
          "operator set %d is not supported; supported are %d to %d"
              .formatted(version, OLDEST_OPERATOR_SET, NEWEST_OPERATOR_SET));
    }
    return version;
  }

  /** Up to IR version 3 initialisers are among the inputs. */
  private ValueInfoProto onlyInput() {
    Set<String> given = new HashSet<>();
    model.graph().initializers().forEach(tensor -> given.add(tensor.name()));
    List<ValueInfoProto> inputs =
        model.graph().inputs().stream().filter(value -> !given.contains(value.name())).toList();
    if (inputs.size() != 1) {
      throw new ConvoyException(
          "the network has %d inputs (%s); supported is one, of pictures"
              .formatted(
                  inputs.size(),
                  inputs.stream()
                      .limit(8)
                      .map(value -> Printable.of(value.name()))
                      .collect(Collectors.joining(", "))));
    }
    ValueInfoProto only = inputs.get(0);
    List<ValueInfoProto.Dimension> dims = only.dims();
    boolean floating =
        ElementType.numbered(only.elementType()).map(ElementType::isFloating).orElse(false);
    if (!floating || dims != null && dims.size() != 4) {
      throw new ConvoyException(
          "input \"%s\" is %s of element type %d; it must be N×C×H×W of floating-point numbers"
              .formatted(Printable.of(only.name()), only.shape(), only.elementType()));
    }
    return only;
  }

  /** Declared extent of the input, -1 if it is free. */
  private long extent(int axis) {
    List<ValueInfoProto.Dimension> dims = input.dims();
    return dims == null ? -1 : dims.get(axis).extent();
  }

  private boolean hasFixedPicture() {
    for (int axis = 1; axis < 4; axis++) {
      if (extent(axis) < 0 || extent(axis) > Integer.MAX_VALUE) {
        return false;
      }
    }
    return true;
  }

  private void requirePicture(Shape x) {
    boolean matches = x.rank() == 4;
    for (int axis = 1; matches && axis < 4; axis++) {
      matches = extent(axis) < 0 || extent(axis) == x.dim(axis);
    }
    if (!matches) {
      throw new ConvoyException(
          "%s takes pictures %s, got %s; resize them".formatted(source, input.shape(), x));
    }
  }

  /** Traces for a batch size other than that of the export: errors show when the file is read. */
  private void requireFreeBatch() {
    int batch = extent(0) == 2 ? 3 : 2;
    Shape output = output(batch);
    if (output.rank() < 2 || output.dim(0) != batch) {
      throw new ConvoyException(
          "for %d pictures its output is %s; it must be %d×…".formatted(batch, output, batch));
    }
  }

  private Shape output(int batch) {
    Shape picture = picture();
    Shape pictures = Shape.of(batch, picture.dim(0), picture.dim(1), picture.dim(2));
    GraphBuilder builder = new GraphBuilder(false);
    return apply(builder.input("pictures", new TensorType(DType.F32, pictures))).shape();
  }
}
