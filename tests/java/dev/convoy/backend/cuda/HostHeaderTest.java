package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.backend.Layout;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The host header finds the faults that it promises to find. */
class HostHeaderTest {

  @BeforeEach
  void needsACompiler() {
    assertThat(KernelCase.elements()).isNotEmpty();
  }

  private static Tensor run(String kernel, int entries) {
    Launch launch =
        Launch.of(
            new CudaKernel("faulty_kernels", kernel, DType.F32),
            new Grid(Extent.of(1), Extent.of(64)),
            Argument.output(0));
    return new HostRun()
        .output(KernelCase.type(DType.I32, entries), Layout.ROW_MAJOR)
        .run(new LaunchPlan(List.of(launch), 0))
        .get(0);
  }

  @Test
  void divergentBarrierIsReportedWithBlockThreadAndLine() {
    assertThatThrownBy(() -> run("faulty_divergent_barrier", 64))
        .hasMessageContaining("divergent barrier")
        .hasMessageContaining("of block (0, 0, 0)")
        .hasMessageContaining("faulty_kernels.cu:6");
  }

  @Test
  void writeBehindABufferIsReported() {
    boolean sanitized = !System.getProperty("cuda.sanitizer", "").isEmpty();
    assertThatThrownBy(() -> run("faulty_write_behind", 63))
        .hasMessageContaining(sanitized ? "the program died" : "wrote outside buffer 0");
  }

  @Test
  void missingBarrierShowsInReverseOrder() {
    assertThatThrownBy(() -> run("faulty_missing_barrier", 64))
        .hasMessageContaining("in reverse order");
  }

  @Test
  void shufflesAndBarriersExchangeValues() {
    int lower = 31 * 32 / 2;
    int upper = lower + 32 * 32;
    double[] expected = new double[64];
    Arrays.fill(expected, lower * 10000 + upper);
    assertThat(run("right_exchange", 64).toDoubles()).containsExactly(expected);
  }

  @Test
  void wrongArgumentsAreReported() {
    Launch launch =
        Launch.of(
            new CudaKernel("faulty_kernels", "right_exchange", DType.F32),
            Grid.flat(1),
            Argument.ints(3));
    assertThatThrownBy(() -> new HostRun().run(new LaunchPlan(List.of(launch), 0)))
        .hasMessageContaining("argument 0 has 8 bytes, got 4");
  }
}
