package dev.convoy.calibrate;

import dev.convoy.graph.Graph;
import dev.convoy.graph.pass.DeadNodes;
import dev.convoy.graph.pass.Quantize;
import dev.convoy.nn.Layer;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import dev.convoy.train.InferenceGraph;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How precisely a model predicts: in a floating-point type, or in int8 between the ranges of a
 * calibration, with f32 where an operator has no integer form.
 *
 * @param activations f32 beside a calibration
 * @param calibration null for a floating-point type
 */
public record InferencePrecision(DType activations, @Nullable Calibration calibration) {

  public static InferencePrecision of(DType floating) {
    return new InferencePrecision(floating, null);
  }

  public static InferencePrecision int8(Calibration calibration) {
    return new InferencePrecision(DType.F32, calibration);
  }

  /** As users write it: {@code f32}, {@code bf16}, {@code int8}. */
  public String label() {
    return calibration == null ? activations.name().toLowerCase(Locale.ROOT) : "int8";
  }

  /**
   * @param pictures N×C×H×W
   * @throws dev.convoy.ConvoyException if the calibration is of another model
   */
  public Graph trace(Layer model, Shape pictures) {
    return quantized(InferenceGraph.trace(model, pictures, activations));
  }

  /** With labels and losses. */
  public Graph traceWithLosses(Layer model, Shape pictures) {
    return quantized(InferenceGraph.traceWithLosses(model, pictures, activations));
  }

  private Graph quantized(Graph graph) {
    return calibration == null
        ? graph
        : DeadNodes.apply(Quantize.apply(graph, calibration.ranges()));
  }
}
