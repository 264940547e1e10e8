package dev.convoy.train;

import dev.convoy.backend.Program;
import dev.convoy.tensor.TensorType;
import java.util.Objects;

/** What the graphs of this package call their inputs and outputs. */
public final class Names {

  /** Input, f32 N×C×H×W, normalised. */
  public static final String PICTURES = "pictures";

  /** Input in the place of {@link #PICTURES}, u8 N×C×H×W: {@link BytePictures}. */
  public static final String PICTURE_BYTES = "picture bytes";

  /** Input beside {@link #PICTURE_BYTES}, f32 C×256: the normalised value of each byte. */
  public static final String PIXEL_VALUES = "pixel values";

  /** Input, i32 N. */
  public static final String LABELS = "labels";

  /** Input, an f32 scalar. */
  public static final String LEARNING_RATE = "learning rate";

  /** Input, an f32 scalar, 1 at the first step. */
  public static final String STEP = "step";

  /** Output, f32 N×K: the scores of the classes. */
  public static final String LOGITS = "logits";

  /** Output, f32 N: the cross-entropy of each example. */
  public static final String LOSSES = "losses";

  /** Output, an f32 scalar: the mean of the losses, with those of auxiliary classifiers added. */
  public static final String LOSS = "loss";

  private Names() {}

  /** Type of a program's output. */
  static TensorType output(Program program, String name) {
    return Objects.requireNonNull(program.graph().outputs().get(name), name).type();
  }
}
