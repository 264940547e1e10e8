package dev.convoy.backend.cuda;

import dev.convoy.tensor.DType;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/** Our kernels, loaded on the GPU when first asked for. */
final class KernelModules {

  private final KernelCompiler compiler;
  private final Map<String, CUmod_st> modules = new HashMap<>();
  private final Map<String, CUfunc_st> functions = new HashMap<>();

  KernelModules(KernelCompiler compiler) {
    this.compiler = compiler;
  }

  /**
   * @param file of {@code cuda-kernels/}
   * @param kernel name of a kernel in it, without the element type
   */
  synchronized CUfunc_st function(String file, String kernel, DType element) {
    String entry = kernel + "_" + element.name().toLowerCase(Locale.ROOT);
    return functions.computeIfAbsent(file + ":" + entry, unused -> load(file, entry, element));
  }

  private CUfunc_st load(String file, String entry, DType element) {
    CUmod_st module =
        modules.computeIfAbsent(file + ":" + element, unused -> loadModule(file, element));
    CUfunc_st function = new CUfunc_st();
    CudaException.check(
        cudart.cuModuleGetFunction(function, module, entry), "finding kernel " + entry);
    return function;
  }

  private CUmod_st loadModule(String file, DType element) {
    CUmod_st module = new CUmod_st();
    try (BytePointer cubin = new BytePointer(compiler.compile(file, element))) {
      CudaException.check(cudart.cuModuleLoadData(module, cubin), "loading " + file);
    }
    return module;
  }
}
