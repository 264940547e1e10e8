package dev.convoy.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.convoy.ConvoyException;
import dev.convoy.backend.Layout;
import dev.convoy.graph.GraphBuilder;
import dev.convoy.graph.Node;
import dev.convoy.op.MaxPool2dOp;
import dev.convoy.op.Value;
import dev.convoy.op.Window2d;
import dev.convoy.tensor.DType;
import dev.convoy.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How launches are laid out; needs no compiler. */
class LaunchTest {

  @Test
  void tilingCoversEveryRowAndChannelOnce() {
    for (long rows : new long[] {2, 49, 3137, 802_816, 33_554_432}) {
      for (int channels : new int[] {1, 3, 8, 64, 100, 192, 264, 2048, 4104}) {
        ChannelTiling t = ChannelTiling.of(rows, channels);
        assertThat(t.threads().count()).isLessThanOrEqualTo(256);
        assertThat(8L * t.lanes() * t.channelBlocks()).isGreaterThanOrEqualTo(channels);
        assertThat(8L * t.lanes() * (t.channelBlocks() - 1)).isLessThan(channels);
        assertThat(t.partRows() * t.parts()).isGreaterThanOrEqualTo(rows);
        assertThat(t.partRows() * (t.parts() - 1)).isLessThan(rows);
        assertThat(t.sums().blocks().y()).isEqualTo(t.parts()).isLessThanOrEqualTo(792);
      }
    }
  }

  @Test
  void largeBatchNormFillsTheDevice() {
    for (int channels : new int[] {64, 256, 512, 2048}) {
      long rows = 256L * 56 * 56 * 64 / channels;
      ChannelTiling t = ChannelTiling.of(rows, channels);
      assertThat(t.sums().blocks().count()).isBetween(640L, 792L);
      assertThat(t.elements().blocks().count()).isGreaterThan(792);
    }
  }

  @Test
  void axesWithoutJumpsAreMerged() {
    StridedAxes dense = StridedAxes.merged(4, new int[] {2, 3, 4}, new long[] {12, 4, 1});
    assertThat(dense.extents()).containsExactly(1, 1, 1, 24);
    StridedAxes channels =
        StridedAxes.merged(
            4, new int[] {2, 3, 4, 16}, new long[] {192, 64, 16, 1}, new long[] {0, 0, 0, 1});
    assertThat(channels.extents()).containsExactly(1, 1, 24, 16);
    assertThat(channels.strides()[1]).containsExactly(0, 0, 0, 1);
    assertThat(channels.aligned()).isTrue();
    assertThat(channels.octets()).isEqualTo(48);
    assertThatThrownBy(() -> StridedAxes.merged(1, new int[] {2, 3}, new long[] {1, 2}))
        .hasMessageContaining("more than 1 axes");
  }

  @Test
  void structuresArePackedAsTheCompilerPacksThem() {
    Argument.Bytes axes =
        (Argument.Bytes) Argument.intsThenLongs(new int[] {1, 2, 3}, new long[] {4, 5, 6});
    assertThat(axes.content()).hasSize(40);
    assertThat(axes.content()[8]).isEqualTo((byte) 3);
    assertThat(axes.content()[16]).isEqualTo((byte) 4);
    assertThat(OptimizerCuda.Tables.offset(1, OptimizerCuda.Field.WEIGHT)).isEqualTo(80);
  }

  @Test
  void namesAndSourcesAreThere() {
    CudaKernel kernel = new CudaKernel("max_pool2d", "max_pool2d_forward", DType.BF16);
    assertThat(kernel.entry()).isEqualTo("max_pool2d_forward_bf16");
    assertThat(KernelSource.text("max_pool2d.cu")).contains("ENTRY(max_pool2d_forward)");
    assertThat(KernelSource.options(kernel)).contains("-DELEMENT_BF16");
    KernelSource.HEADERS.forEach(h -> assertThat(KernelSource.text(h)).contains("#pragma once"));
    assertThatThrownBy(() -> new CudaKernel("softmax", "softmax_rows", DType.F64))
        .hasMessageContaining("F64");
  }

  @Test
  void headersAreAllListedAndNoToolkitHeaderIsIncluded() throws IOException {
    try (var files = Files.list(Path.of("cuda-kernels"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        assertThat(name.endsWith(".cuh")).isEqualTo(KernelSource.HEADERS.contains(name));
        if (!name.endsWith(".md")) {
          assertThat(Files.readAllLines(file))
              .filteredOn(line -> line.startsWith("#include"))
              .allMatch(line -> KernelSource.HEADERS.contains(line.split("\"")[1]));
        }
      }
    }
  }

  @Test
  void everyKernelIsInTheTable() throws IOException {
    String table = Files.readString(Path.of("cuda-kernels/README.md"));
    for (String source : KernelServer.sources()) {
      assertThat(KernelServer.kernels(source)).isNotEmpty();
      KernelServer.kernels(source).forEach(name -> assertThat(table).contains("`" + name + "`"));
    }
  }

  @Test
  void pictureThatIsNotChannelsLastIsRefused() {
    GraphBuilder builder = new GraphBuilder(true);
    Value x = builder.input("x", KernelCase.type(DType.F32, 2, 3, 8, 8));
    builder.output("y", builder.emit(new MaxPool2dOp(Window2d.of(2)), List.of(x)).get(0));
    Node node = builder.build().nodes().get(0);
    KernelNode n = new KernelNode(node, 1, value -> Layout.ROW_MAJOR);
    assertThatThrownBy(() -> CudaKernels.plan(n))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("channels last");
  }

  @Test
  void tooManyChannelsForSharedMemoryAreRefused() {
    Shape shape = Shape.of(1, 7000, 1, 1);
    LocalResponseNormCuda.Problem p =
        new LocalResponseNormCuda.Problem(DType.F32, shape, 5, 1e-4, 0.75, 2);
    assertThatThrownBy(
            () ->
                LocalResponseNormCuda.gradient(
                    p, Argument.input(0), Argument.input(1), Argument.output(0)))
        .isInstanceOf(ConvoyException.class)
        .hasMessageContaining("at most 6144 channels");
  }
}
