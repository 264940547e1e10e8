package dev.convoy.backend.cuda;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/** Our kernels, compiled and loaded on the GPU when first asked for. */
final class KernelModules {

  private final KernelCompiler compiler;
  private final Map<CudaKernel, CUmod_st> modules = new HashMap<>();
  private final Map<CudaKernel, CUfunc_st> functions = new HashMap<>();

  KernelModules(KernelCompiler compiler) {
    this.compiler = compiler;
  }

  synchronized CUfunc_st function(CudaKernel kernel) {
    return functions.computeIfAbsent(kernel, this::load);
  }

  private CUfunc_st load(CudaKernel kernel) {
    // A module holds all kernels of a source for an element type.
    CudaKernel any = new CudaKernel(kernel.source(), "", kernel.element());
    CUmod_st module = modules.computeIfAbsent(any, this::loadModule);
    CUfunc_st function = new CUfunc_st();
    CudaException.check(
        cudart.cuModuleGetFunction(function, module, kernel.entry()),
        "finding kernel " + kernel.entry());
    return function;
  }

  private CUmod_st loadModule(CudaKernel kernel) {
    CUmod_st module = new CUmod_st();
    try (BytePointer cubin = new BytePointer(compiler.compile(kernel))) {
      CudaException.check(
          cudart.cuModuleLoadData(module, cubin), "loading " + kernel.source() + ".cu");
    }
    return module;
  }
}
