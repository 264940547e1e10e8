package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.util.Locale;

/**
 * A kernel of {@code cuda-kernels}.
 *
 * @param source file name without {@code .cu}
 * @param name what it is called in the source
 * @param element the type that the source is compiled for: F32, F16 or BF16
 */
public record CudaKernel(String source, String name, DType element) {

  public CudaKernel {
    if (element != DType.F32 && element != DType.F16 && element != DType.BF16) {
      throw new IllegalArgumentException(name + ": no CUDA kernel for " + element);
    }
  }

  /** The function in the compiled module, for example {@code max_pool2d_forward_bf16}. */
  public String entry() {
    return name + "_" + element.name().toLowerCase(Locale.ROOT);
  }
}
