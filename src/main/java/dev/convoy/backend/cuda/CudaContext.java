package dev.convoy.backend.cuda;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudnn.cudnnContext;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * One GPU: its stream, the libraries' handles and the compiled kernels; lives as long as the
 * process.
 */
final class CudaContext {

  private static final ConcurrentHashMap<Integer, CudaContext> OPEN = new ConcurrentHashMap<>();

  private final CudaDevice device;
  private final CUstream_st stream = new CUstream_st();

  /** Brings the next step's data while the stream computes this one. */
  private final CUstream_st copies = new CUstream_st();

  private final cudnnContext convolutions = new cudnnContext();
  private final cublasLtContext products = new cublasLtContext();
  private final KernelModules modules;
  private final PlanCache plans;
  private final CudnnGraphs graphs;
  private @Nullable CudaException lost;

  private CudaContext(CudaDevice device) {
    this.device = device;
    makeCurrent();
    // The driver's calls need a context; the runtime makes one on first use.
    CudaException.check(cudart.cudaFree(new Pointer()), "opening " + device);
    CudaException.check(
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
        "creating a stream");
    CudaException.check(
        cudart.cudaStreamCreateWithFlags(copies, cudart.cudaStreamNonBlocking),
        "creating a stream");
    CudaException.checkCudnn(cudnn.cudnnCreate(convolutions), "starting cuDNN");
    CudaException.checkCudnn(cudnn.cudnnSetStream(convolutions, stream), "giving cuDNN a stream");
    CudaException.checkCublas(cublas.cublasLtCreate(products), "starting cuBLASLt");
    modules = new KernelModules(new KernelCompiler(device));
    plans = new PlanCache(device);
    graphs = new CudnnGraphs(plans);
  }

  static CudaContext of(CudaDevice device) {
    return OPEN.computeIfAbsent(device.ordinal(), unused -> new CudaContext(device));
  }

  CudaDevice device() {
    return device;
  }

  CUstream_st stream() {
    return stream;
  }

  CUstream_st copies() {
    return copies;
  }

  /** Has a stream go on only when another has come as far as an event. */
  static void waitFor(CUstream_st waiting, CUevent_st event) {
    CudaException.check(cudart.cudaStreamWaitEvent(waiting, event, 0), "waiting for a copy");
  }

  /** The stream as other bindings of CUDA know it. */
  long streamHandle() {
    return stream.address();
  }

  cudnnContext cudnn() {
    return convolutions;
  }

  cublasLtContext cublasLt() {
    return products;
  }

  KernelModules modules() {
    return modules;
  }

  PlanCache plans() {
    return plans;
  }

  CudnnGraphs graphs() {
    return graphs;
  }

  /** Has the calling thread talk to this GPU. */
  void makeCurrent() {
    CudaException.check(cudart.cudaSetDevice(device.ordinal()), "choosing " + device);
  }

  /** An event that is only waited for. */
  CUevent_st newEvent() {
    makeCurrent();
    CUevent_st event = new CUevent_st();
    CudaException.check(
        cudart.cudaEventCreateWithFlags(event, cudart.cudaEventDisableTiming), "creating an event");
    return event;
  }

  /** Marks how far the stream has come. */
  void record(CUevent_st event) {
    CudaException.check(cudart.cudaEventRecord(event, stream), "marking the end of a run");
  }

  /** Waits until the stream has done everything before an event. */
  void await(CUevent_st event) {
    checkRunning(() -> cudart.cudaEventSynchronize(event));
  }

  /** Waits until the stream has done everything. */
  void synchronize() {
    checkRunning(() -> cudart.cudaStreamSynchronize(stream));
  }

  private void checkRunning(IntSupplier waiting) {
    failIfLost();
    try {
      CudaException.check(waiting.getAsInt(), "running on " + device);
    } catch (CudaException e) {
      if (e.deviceLost()) {
        lost = e;
      }
      throw e;
    }
  }

  /** After a lost context every call fails; the first failure is the one that tells why. */
  void failIfLost() {
    CudaException reason = lost;
    if (reason != null) {
      throw reason;
    }
  }

  static List<CudaDevice> devices() {
    return CudaDevice.all();
  }
}
