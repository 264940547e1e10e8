package dev.convoy.interop.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.Backends;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Layout;
import dev.convoy.backend.State;
import dev.convoy.graph.Variable;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.TensorType;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import org.junit.jupiter.api.Test;

/** Addresses and handles change hands; JCuda's native code is not needed for that. */
final class JCudaTensorsTest {

  private static final TensorType TYPE = TensorType.of(DType.F32, 4, 4);
  private static final DeviceTensor TENSOR =
      new DeviceTensor(TYPE, Layout.ROW_MAJOR, 0x7f12_3456_7800L, 0x55aa_0010L);

  @Test
  void anAddressGoesThereAndBack() {
    CUdeviceptr pointer = JCudaTensors.pointer(TENSOR);
    assertThat(JCudaTensors.wrap(pointer, TYPE).address()).isEqualTo(TENSOR.address());
    assertThat(JCudaTensors.wrap(pointer.withByteOffset(64), TYPE).address())
        .isEqualTo(TENSOR.address() + 64);
  }

  @Test
  void aStreamKeepsItsHandle() {
    assertThat(JCudaTensors.stream(TENSOR).toString()).contains("55aa0010");
  }

  @Test
  void pointersThatAreNotTheDevicesAreRefused() {
    for (Pointer pointer : List.of(new Pointer(), Pointer.to(new float[4]))) {
      assertThatThrownBy(() -> JCudaTensors.wrap(pointer, TYPE))
          .isInstanceOf(ConvoyException.class)
          .hasMessageStartingWith("a pointer to memory of a device is needed for ");
    }
  }

  @Test
  void aBackendWithoutAGpuSaysSo() {
    Backend cpu = Backends.choose("reference").backend();
    Variable variable = new Variable("w", TYPE);
    assertThatThrownBy(() -> cpu.newState(List.of(variable), Map.of(variable, TENSOR)))
        .isInstanceOf(ConvoyException.class)
        .hasMessage("backend reference has no memory to share; use the backend cuda");
    try (State state = cpu.newState(List.of(variable))) {
      assertThatThrownBy(() -> state.onDevice(variable))
          .isInstanceOf(ConvoyException.class)
          .hasMessageContaining("is not on a GPU");
    }
  }

  /** What a process without JCuda is told. */
  static final class WithoutJCuda {

    private WithoutJCuda() {}

    public static void main(String[] arguments) {
      try {
        // Nothing of the class around, which names JCuda's.
        TensorType type = TensorType.of(DType.F32, 1);
        JCudaTensors.pointer(new DeviceTensor(type, Layout.ROW_MAJOR, 0x1000, 0));
      } catch (ConvoyException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  @Test
  void withoutJCudaOneLineSaysWhatToAdd() throws Exception {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    String without =
        Arrays.stream(path.split(File.pathSeparator))
            .filter(entry -> !entry.contains("jcuda-"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                without,
                WithoutJCuda.class.getName())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.strip())
        .isEqualTo(
            "JCuda is not on the class path; add org.jcuda:jcuda:12.6.0 and"
                + " org.jcuda:jcuda-natives:12.6.0 with the classifier linux-x86_64");
  }
}
