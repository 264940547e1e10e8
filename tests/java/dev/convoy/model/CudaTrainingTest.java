package dev.convoy.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.cuda.Gpu;
import dev.convoy.nn.Layer;
import dev.convoy.optim.Sgd;
import dev.convoy.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Training on the GPU and on the CPU from the same weights: the same losses, step after step. Run
 * with {@code CONVOY_TF32=0}.
 */
@Tag("gpu")
final class CudaTrainingTest {

  /** Fewer on an emulated GPU. */
  private static final int STEPS = Integer.getInteger("convoy.test.training.steps", 50);

  /**
   * Of each loss, relative. Rounding errors grow with the steps, and more so in deeper networks.
   */
  private static final double LENET = 1e-3;

  private static final double RESNET = 2e-2;

  @Test
  void lenetLearnsTheSame() {
    compare(
        ModelZoo.named("lenet5").build(Shape.of(1, 28, 28), 10), Shape.of(16, 1, 28, 28), LENET);
  }

  @Test
  void resnetLearnsTheSame() {
    compare(
        ModelZoo.named("resnet18").build(Shape.of(3, 64, 64), 10), Shape.of(8, 3, 64, 64), RESNET);
  }

  private static void compare(Layer model, Shape pictures, double tolerance) {
    Backend cuda = Gpu.required();
    Backend cpu = Backends.choose("cpu").backend();
    List<Double> expected = losses(model, pictures, cpu);
    List<Double> losses = losses(model, pictures, cuda);
    assertThat(losses).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      double loss = expected.get(i);
      assertThat(losses.get(i)).as("loss of step %d", i).isCloseTo(loss, within(tolerance * loss));
    }
    assertThat(losses.get(STEPS - 1)).as("last loss").isLessThan(losses.get(0));
  }

  private static List<Double> losses(Layer model, Shape pictures, Backend backend) {
    return ModelRun.of(model, pictures, 10, backend, new Sgd(0.9, 0, false), STEPS).losses();
  }
}
