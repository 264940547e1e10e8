package dev.convoy.backend.cuda;

import dev.convoy.ConvoyException;
import dev.convoy.tensor.DType;
import java.util.List;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.jspecify.annotations.Nullable;

/**
 * Y = op(A)·op(B) + bias by cuBLASLt, all matrices in rows. cuBLASLt thinks in columns: the same
 * memory read so is Yᵀ = op(B)ᵀ·op(A)ᵀ, and the bias of a row of Y is one of a column of Yᵀ, which
 * is what its epilogue adds.
 */
final class CublasProduct implements DeviceKernel {

  /** Enough for every engine on Hopper (cuBLAS documentation, section 2.1.3). */
  static final long WORKSPACE = 32L << 20;

  /** Without them engines are proposed that take all addresses for multiples of 256. */
  private static final List<Integer> ALIGNMENTS =
      List.of(
          cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES,
          cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
          cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES,
          cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);

  /**
   * What is multiplied.
   *
   * @param batch number of products, their matrices one after another
   * @param shareA whether all products have the same first matrix
   * @param shareB whether all products have the same second matrix
   */
  record Problem(
      int batch,
      int rows,
      int inner,
      int columns,
      boolean transposeA,
      boolean transposeB,
      boolean shareA,
      boolean shareB,
      DType operands,
      DType result,
      boolean tensorFloat32) {}

  private final CudaContext context;
  private final DevicePlace a;
  private final DevicePlace b;
  private final DevicePlace y;
  private final @Nullable DevicePlace bias;
  private final DevicePlace workspace;
  private final cublasLtMatmulDescOpaque_t description;
  private final cublasLtMatrixLayoutOpaque_t first;
  private final cublasLtMatrixLayoutOpaque_t second;
  private final cublasLtMatrixLayoutOpaque_t target;
  private final cublasLtMatmulHeuristicResult_t choice = new cublasLtMatmulHeuristicResult_t(1);
  private final FloatPointer one = new FloatPointer(1f);
  private final FloatPointer zero = new FloatPointer(0f);

  CublasProduct(
      CudaContext context,
      Problem problem,
      DevicePlace a,
      DevicePlace b,
      @Nullable DevicePlace bias,
      DevicePlace y,
      DevicePlace workspace) {
    this.context = context;
    this.a = a;
    this.b = b;
    this.bias = bias;
    this.y = y;
    this.workspace = workspace;
    description = describe(problem, bias != null);
    long sizeA = problem.shareA ? 0 : (long) problem.rows * problem.inner;
    long sizeB = problem.shareB ? 0 : (long) problem.inner * problem.columns;
    first =
        problem.transposeB
            ? layout(problem, problem.operands, problem.inner, problem.columns, sizeB)
            : layout(problem, problem.operands, problem.columns, problem.inner, sizeB);
    second =
        problem.transposeA
            ? layout(problem, problem.operands, problem.rows, problem.inner, sizeA)
            : layout(problem, problem.operands, problem.inner, problem.rows, sizeA);
    target =
        layout(
            problem,
            problem.result,
            problem.columns,
            problem.rows,
            (long) problem.rows * problem.columns);
    choose(problem);
  }

  private static cublasLtMatmulDescOpaque_t describe(Problem problem, boolean bias) {
    int compute =
        problem.operands == DType.F32 && problem.tensorFloat32
            ? cublas.CUBLAS_COMPUTE_32F_FAST_TF32
            : cublas.CUBLAS_COMPUTE_32F;
    try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
      CudaException.checkCublas(
          cublas.cublasLtMatmulDescCreate(made, compute, cudart.CUDA_R_32F),
          "describing a product");
      cublasLtMatmulDescOpaque_t description = new cublasLtMatmulDescOpaque_t(made.get(0));
      set(description, cublas.CUBLASLT_MATMUL_DESC_TRANSA, transpose(problem.transposeB));
      set(description, cublas.CUBLASLT_MATMUL_DESC_TRANSB, transpose(problem.transposeA));
      if (bias) {
        set(description, cublas.CUBLASLT_MATMUL_DESC_EPILOGUE, cublas.CUBLASLT_EPILOGUE_BIAS);
        set(description, cublas.CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, dataType(problem.result));
      }
      return description;
    }
  }

  private static int transpose(boolean transpose) {
    return transpose ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
  }

  private static void set(cublasLtMatmulDescOpaque_t description, int attribute, int value) {
    try (IntPointer holder = new IntPointer(new int[] {value})) {
      CudaException.checkCublas(
          cublas.cublasLtMatmulDescSetAttribute(description, attribute, holder, Integer.BYTES),
          "describing a product");
    }
  }

  private static cublasLtMatrixLayoutOpaque_t layout(
      Problem problem, DType dtype, int rows, int columns, long stride) {
    try (PointerPointer<Pointer> made = new PointerPointer<>(1);
        IntPointer count = new IntPointer(new int[] {problem.batch});
        LongPointer offset = new LongPointer(new long[] {stride})) {
      CudaException.checkCublas(
          cublas.cublasLtMatrixLayoutCreate(made, dataType(dtype), rows, columns, rows),
          "describing a matrix");
      cublasLtMatrixLayoutOpaque_t layout = new cublasLtMatrixLayoutOpaque_t(made.get(0));
      if (problem.batch > 1) {
        CudaException.checkCublas(
            cublas.cublasLtMatrixLayoutSetAttribute(
                layout, cublas.CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, count, Integer.BYTES),
            "describing a matrix");
        CudaException.checkCublas(
            cublas.cublasLtMatrixLayoutSetAttribute(
                layout, cublas.CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, offset, Long.BYTES),
            "describing a matrix");
      }
      return layout;
    }
  }

  static int dataType(DType dtype) {
    return switch (dtype) {
      case F32 -> cudart.CUDA_R_32F;
      case F16 -> cudart.CUDA_R_16F;
      case BF16 -> cudart.CUDA_R_16BF;
      default -> throw new ConvoyException("cuda multiplies f32, f16 and bf16, not " + dtype);
    };
  }

  private void choose(Problem problem) {
    try (PointerPointer<Pointer> made = new PointerPointer<>(1);
        LongPointer most = new LongPointer(new long[] {WORKSPACE});
        IntPointer found = new IntPointer(1)) {
      CudaException.checkCublas(
          cublas.cublasLtMatmulPreferenceCreate(made), "choosing a product's engine");
      cublasLtMatmulPreferenceOpaque_t preference =
          new cublasLtMatmulPreferenceOpaque_t(made.get(0));
      CudaException.checkCublas(
          cublas.cublasLtMatmulPreferenceSetAttribute(
              preference, cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, most, Long.BYTES),
          "choosing a product's engine");
      ALIGNMENTS.forEach(matrix -> set(preference, matrix, CudaState.ALIGNMENT));
      set(
          preference,
          cublas.CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
          cublas.CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
      CudaException.checkCublas(
          cublas.cublasLtMatmulAlgoGetHeuristic(
              context.cublasLt(),
              description,
              first,
              second,
              target,
              target,
              preference,
              1,
              choice,
              found),
          "choosing an engine for " + problem);
      cublas.cublasLtMatmulPreferenceDestroy(preference);
      if (found.get() < 1) {
        throw new ConvoyException("cuBLASLt has no engine for " + problem);
      }
    }
  }

  private static void set(cublasLtMatmulPreferenceOpaque_t preference, int attribute, int value) {
    try (IntPointer holder = new IntPointer(new int[] {value})) {
      CudaException.checkCublas(
          cublas.cublasLtMatmulPreferenceSetAttribute(preference, attribute, holder, Integer.BYTES),
          "choosing a product's engine");
    }
  }

  @Override
  public void bind() {
    DevicePlace vector = bias;
    if (vector != null) {
      try (LongPointer address = new LongPointer(new long[] {vector.address()})) {
        CudaException.checkCublas(
            cublas.cublasLtMatmulDescSetAttribute(
                description, cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER, address, Long.BYTES),
            "placing a bias");
      }
    }
  }

  @Override
  public void run() {
    CudaException.checkCublas(
        cublas.cublasLtMatmul(
            context.cublasLt(),
            description,
            one,
            b.pointer(),
            first,
            a.pointer(),
            second,
            zero,
            y.pointer(),
            target,
            y.pointer(),
            target,
            choice.algo(),
            workspace.pointer(),
            WORKSPACE,
            context.stream()),
        "a matrix product");
  }
}
