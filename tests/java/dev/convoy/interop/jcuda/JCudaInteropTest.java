package dev.convoy.interop.jcuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Backend;
import dev.convoy.backend.DeviceTensor;
import dev.convoy.backend.Program;
import dev.convoy.backend.State;
import dev.convoy.backend.cuda.Gpu;
import dev.convoy.graph.Graph;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Variable;
import dev.convoy.op.BinaryOp;
import dev.convoy.op.Value;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Tensor;
import dev.convoy.tensor.TensorType;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** JCuda's kernels over Convoy's tensors, and Convoy's programs over JCuda's memory. */
@Tag("gpu")
final class JCudaInteropTest {

  private static final String SCALE =
      """
      #define ENTRY(name) name
      extern "C" __global__ void ENTRY(scale)(float* x, float factor, int count) {
        int i = blockIdx.x * blockDim.x + threadIdx.x;
        if (i < count) x[i] *= factor;
      }
      """;

  private static final Variable W = new Variable("w", TensorType.of(DType.F32, 2, 3));
  private static final float[] VALUES = {1, 2, 3, 4, 5, 6};

  private static Backend backend;

  @BeforeAll
  static void open() {
    backend = Gpu.required();
    JCudaDriver.setExceptionsEnabled(true);
  }

  /** y = w + x, and w becomes y where asked. */
  private static Graph sum(boolean assign) {
    GraphBuilder builder = new GraphBuilder(true);
    Value y = builder.read(W).apply(BinaryOp.ADD, builder.input("x", W.type()));
    builder.output("y", y);
    if (assign) {
      builder.assign(W, y);
    }
    return builder.build();
  }

  private static Tensor tensor(double... values) {
    return Tensor.of(DType.F32, values, 2, 3);
  }

  @Test
  void aKernelOfJCudaWritesAVariableOfConvoy() {
    Graph graph = sum(false);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      state.write(W, tensor(1, 2, 3, 4, 5, 6));
      scale(state.onDevice(W), 10);
      state.assigned();
      program.feed("x", tensor(1, 1, 1, 1, 1, 1));
      program.run();
      assertThat(program.fetch("y").toDoubles()).containsExactly(11, 21, 31, 41, 51, 61);
    }
  }

  private static void scale(DeviceTensor tensor, float factor) {
    CUmodule module = new CUmodule();
    CUfunction function = new CUfunction();
    JCudaDriver.cuModuleLoadData(module, Gpu.compile("scale", SCALE));
    JCudaDriver.cuModuleGetFunction(function, module, "scale");
    Pointer arguments =
        Pointer.to(
            Pointer.to(JCudaTensors.pointer(tensor)),
            Pointer.to(new float[] {factor}),
            Pointer.to(new int[] {tensor.type().shape().count()}));
    JCudaDriver.cuLaunchKernel(
        function, 1, 1, 1, 32, 1, 1, 0, JCudaTensors.stream(tensor), arguments, null);
    JCudaDriver.cuStreamSynchronize(JCudaTensors.stream(tensor));
  }

  @Test
  void anOutputIsReadWhereItLies() {
    Graph graph = sum(false);
    try (State state = backend.newState(graph.allVariables());
        Program program = Program.compile(backend, graph, state)) {
      state.write(W, tensor(1, 2, 3, 4, 5, 6));
      program.feed("x", tensor(0, 0, 0, 0, 0, 1));
      program.run();
      DeviceTensor y = program.onDevice("y");
      JCudaDriver.cuStreamSynchronize(JCudaTensors.stream(y));
      float[] copy = new float[6];
      JCudaDriver.cuMemcpyDtoH(Pointer.to(copy), JCudaTensors.pointer(y), y.type().bytes());
      assertThat(copy).containsExactly(1, 2, 3, 4, 5, 7);
    }
  }

  @Test
  void aProgramReadsAndWritesMemoryOfJCuda() {
    backend.newState(sum(true).allVariables()).close(); // gives this thread the GPU's context
    CUdeviceptr memory = new CUdeviceptr();
    JCudaDriver.cuMemAlloc(memory, W.type().bytes());
    try {
      JCudaDriver.cuMemcpyHtoD(memory, Pointer.to(VALUES), W.type().bytes());
      runOver(JCudaTensors.wrap(memory, W.type()));
      float[] copy = new float[6];
      JCudaDriver.cuMemcpyDtoH(Pointer.to(copy), memory, W.type().bytes());
      assertThat(copy).containsExactly(2, 4, 6, 8, 10, 12);
    } finally {
      JCudaDriver.cuMemFree(memory);
    }
  }

  private static void runOver(DeviceTensor shared) {
    Graph graph = sum(true);
    try (State state = backend.newState(graph.allVariables(), Map.of(W, shared));
        Program program = Program.compile(backend, graph, state)) {
      assertThat(state.onDevice(W).address()).isEqualTo(shared.address());
      program.feed("x", tensor(1, 2, 3, 4, 5, 6));
      program.run();
      assertThat(program.fetch("y").toDoubles()).containsExactly(2, 4, 6, 8, 10, 12);
      assertThat(state.read(W).toDoubles()).containsExactly(2, 4, 6, 8, 10, 12);
    }
  }

  @Test
  void whatCannotBeSharedIsRefused() {
    Graph graph = sum(true);
    Pointer inside = new CUdeviceptr().withByteOffset(0x1004);
    assertThatThrownBy(
            () ->
                backend.newState(
                    graph.allVariables(), Map.of(W, JCudaTensors.wrap(inside, W.type()))))
        .isInstanceOf(ConvoyException.class)
        .hasMessage(
            "variable w cannot lie at address 0x1004: kernels need multiples of 16 and not 0");
    TensorType other = TensorType.of(DType.F32, 3, 2);
    Pointer fits = new CUdeviceptr().withByteOffset(0x1000);
    assertThatThrownBy(
            () -> backend.newState(graph.allVariables(), Map.of(W, JCudaTensors.wrap(fits, other))))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("variable w cannot lie in shared memory of");
  }
}
