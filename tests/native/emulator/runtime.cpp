// The driver and the runtime: one device whose memory is the host's.
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "emulator.h"

namespace {

constexpr int SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NOT_FOUND = 500;
constexpr int LAUNCH_FAILURE = 719, NO_DEVICE = 100, INVALID_DEVICE = 101;
constexpr size_t CAPACITY = size_t{8} << 30;

using Graph = std::vector<std::function<void()>>;

struct Stream {
  std::unique_ptr<Graph> capture;
};

struct Event {
  std::chrono::steady_clock::time_point when;
};

Stream* computing = nullptr;
std::map<void*, size_t> allocations;
size_t allocated = 0;
std::mutex lock;

int version_from(const char* variable, int otherwise) {
  const char* text = getenv(variable);
  return text == nullptr ? otherwise : atoi(text);
}

int devices() {
  const char* visible = getenv("CUDA_VISIBLE_DEVICES");
  return visible != nullptr && *visible == '\0' ? 0 : version_from("EMULATED_DEVICES", 1);
}

// With EMULATED_FAULT_AFTER=N the context is lost after N kernels: from then on every call fails.
int launches = 0;

bool lost() {
  static const int last = version_from("EMULATED_FAULT_AFTER", 0);
  return last > 0 && launches >= last;
}

}  // namespace

namespace emulator {

void submit(std::function<void()> work) {
  if (computing != nullptr && computing->capture) {
    computing->capture->push_back(std::move(work));
  } else {
    work();
  }
}

}  // namespace emulator

EXPORT const char* cudaGetErrorString(int code) {
  switch (code) {
    case SUCCESS: return "no error";
    case INVALID_VALUE: return "invalid argument";
    case OUT_OF_MEMORY: return "out of memory";
    case NOT_FOUND: return "named symbol not found";
    case LAUNCH_FAILURE: return "unspecified launch failure";
    case NO_DEVICE: return "no CUDA-capable device is detected";
    default: return "unknown error";
  }
}
EXPORT const char* cudaGetErrorName(int code) {
  return code == OUT_OF_MEMORY ? "cudaErrorMemoryAllocation" : "cudaErrorEmulated";
}
EXPORT int cudaGetLastError() { return SUCCESS; }
EXPORT int cudaPeekAtLastError() { return lost() ? LAUNCH_FAILURE : SUCCESS; }

// Versions and the number of devices can be set from outside, for tests of what is refused.
EXPORT int cudaDriverGetVersion(int* version) {
  *version = version_from("EMULATED_DRIVER", 13000);
  return SUCCESS;
}
EXPORT int cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return SUCCESS;
}
EXPORT int cudaGetDeviceCount(int* count) {
  *count = devices();
  return *count == 0 ? NO_DEVICE : SUCCESS;
}
EXPORT int cudaSetDevice(int device) { return device < devices() ? SUCCESS : INVALID_DEVICE; }
EXPORT int cudaDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 75: *value = version_from("EMULATED_ARCHITECTURE", 90) / 10; return SUCCESS;
    case 76: *value = version_from("EMULATED_ARCHITECTURE", 90) % 10; return SUCCESS;
    case 16: *value = 4; return SUCCESS;
    default: return INVALID_VALUE;
  }
}
EXPORT int cuDeviceGetName(char* name, int length, int) {
  strncpy(name, "Emulated GPU", static_cast<size_t>(length));
  return SUCCESS;
}
EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = CAPACITY;
  return SUCCESS;
}

EXPORT int cudaMalloc(void** block, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  if (bytes > CAPACITY - allocated) return OUT_OF_MEMORY;
  *block = aligned_alloc(256, (bytes + 255) / 256 * 256);
  if (*block == nullptr) return OUT_OF_MEMORY;
  memset(*block, 0xff, bytes);  // NaN: whatever is read before it is written shows
  allocations[*block] = bytes;
  allocated += bytes;
  return SUCCESS;
}
EXPORT int cudaFree(void* block) {
  if (lost()) return LAUNCH_FAILURE;
  std::lock_guard<std::mutex> guard(lock);
  if (block == nullptr) return SUCCESS;
  auto found = allocations.find(block);
  if (found == allocations.end()) return INVALID_VALUE;
  allocated -= found->second;
  allocations.erase(found);
  free(block);
  return SUCCESS;
}
// What programs beside Convoy call, JCuda for one.
EXPORT int cuMemAlloc_v2(void** block, size_t bytes) { return cudaMalloc(block, bytes); }
EXPORT int cuMemFree_v2(void* block) { return cudaFree(block); }
EXPORT int cuMemcpyHtoD_v2(void* target, const void* source, size_t bytes) {
  memcpy(target, source, bytes);
  return SUCCESS;
}
EXPORT int cuMemcpyDtoH_v2(void* target, const void* source, size_t bytes) {
  memcpy(target, source, bytes);
  return SUCCESS;
}
EXPORT int cudaMemGetInfo(size_t* free_bytes, size_t* total) {
  *total = CAPACITY;
  *free_bytes = CAPACITY - allocated;
  return SUCCESS;
}
EXPORT int cudaHostAlloc(void** block, size_t bytes, unsigned) {
  *block = aligned_alloc(256, (bytes + 255) / 256 * 256);
  return *block == nullptr ? OUT_OF_MEMORY : SUCCESS;
}
EXPORT int cudaFreeHost(void* block) {
  free(block);
  return SUCCESS;
}

EXPORT int cudaMemsetAsync(void* target, int value, size_t bytes, void*) {
  emulator::submit([=] { memset(target, value, bytes); });
  return SUCCESS;
}
EXPORT int cudaMemcpyAsync(void* target, const void* source, size_t bytes, int, void*) {
  if (lost()) return LAUNCH_FAILURE;
  emulator::submit([=] { memmove(target, source, bytes); });
  return SUCCESS;
}

// The first is the one that computes and is captured, the second copies beside it.
EXPORT int cudaStreamCreateWithFlags(void** stream, unsigned) {
  auto* made = new Stream();
  if (computing == nullptr) computing = made;
  *stream = made;
  return SUCCESS;
}
EXPORT int cudaStreamWaitEvent(void*, void* event, unsigned) {
  return event == nullptr ? INVALID_VALUE : SUCCESS;
}
EXPORT int cudaStreamSynchronize(void* stream) {
  if (lost()) return LAUNCH_FAILURE;
  return static_cast<Stream*>(stream)->capture ? INVALID_VALUE : SUCCESS;
}
EXPORT int cuStreamSynchronize(void* stream) {
  return stream == computing ? cudaStreamSynchronize(stream) : INVALID_VALUE;
}
EXPORT int cudaStreamBeginCapture(void* stream, int) {
  if (static_cast<Stream*>(stream)->capture) return INVALID_VALUE;
  static_cast<Stream*>(stream)->capture = std::make_unique<Graph>();
  return SUCCESS;
}
EXPORT int cudaStreamEndCapture(void* stream, void** graph) {
  auto& capture = static_cast<Stream*>(stream)->capture;
  if (!capture) return INVALID_VALUE;
  *graph = capture.release();
  return SUCCESS;
}
EXPORT int cudaGraphInstantiate(void** executable, void* graph, unsigned long long) {
  *executable = new Graph(*static_cast<Graph*>(graph));
  return SUCCESS;
}
EXPORT int cudaGraphDestroy(void* graph) {
  delete static_cast<Graph*>(graph);
  return SUCCESS;
}
EXPORT int cudaGraphLaunch(void* executable, void*) {
  if (lost()) return LAUNCH_FAILURE;
  for (auto& work : *static_cast<Graph*>(executable)) work();
  return SUCCESS;
}
EXPORT int cudaGraphExecDestroy(void* executable) {
  delete static_cast<Graph*>(executable);
  return SUCCESS;
}

EXPORT int cudaEventCreate(void** event) {
  *event = new Event();
  return SUCCESS;
}
EXPORT int cudaEventCreateWithFlags(void** event, unsigned) { return cudaEventCreate(event); }
EXPORT int cudaEventDestroy(void* event) {
  delete static_cast<Event*>(event);
  return SUCCESS;
}
EXPORT int cudaEventRecord(void* event, void*) {
  static_cast<Event*>(event)->when = std::chrono::steady_clock::now();
  return SUCCESS;
}
EXPORT int cudaEventSynchronize(void*) { return lost() ? LAUNCH_FAILURE : SUCCESS; }
EXPORT int cudaEventElapsedTime(float* milliseconds, void* start, void* end) {
  std::chrono::duration<float, std::milli> passed =
      static_cast<Event*>(end)->when - static_cast<Event*>(start)->when;
  *milliseconds = passed.count();
  return SUCCESS;
}

// A "cubin" is a shared library that the emulated NVRTC made.
struct KernelEntry {
  const char* name;
  size_t arguments;
  const size_t* sizes;
  void (*launch)(void** arguments, const unsigned* grid, const unsigned* block, size_t shared);
};

EXPORT int cuModuleLoadData(void** module, const void* image) {
  uint64_t bytes;
  memcpy(&bytes, image, sizeof bytes);
  int file = memfd_create("cubin", 0);
  const char* content = static_cast<const char*>(image) + sizeof bytes;
  if (file < 0 || write(file, content, bytes) != static_cast<ssize_t>(bytes)) return INVALID_VALUE;
  std::string path = "/proc/self/fd/" + std::to_string(file);
  *module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (*module == nullptr) {
    fprintf(stderr, "emulator: %s\n", dlerror());
    return INVALID_VALUE;
  }
  return SUCCESS;
}

EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
  auto* table = static_cast<const KernelEntry*>(dlsym(module, "convoy_kernel_table"));
  for (; table != nullptr && table->name != nullptr; table++) {
    if (strcmp(table->name, name) == 0) {
      *function = const_cast<KernelEntry*>(table);
      return SUCCESS;
    }
  }
  return NOT_FOUND;
}

EXPORT int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                          unsigned by, unsigned bz, unsigned shared, void*, void** arguments,
                          void**) {
  auto* entry = static_cast<const KernelEntry*>(function);
  if (gx == 0 || gy == 0 || gz == 0 || gy > 65535 || gz > 65535 || bx * by * bz == 0 ||
      bx * by * bz > 1024 || shared > (227u << 10)) {
    fprintf(stderr, "emulator: %s: grid %u×%u×%u, block %u×%u×%u, %u bytes shared\n", entry->name,
            gx, gy, gz, bx, by, bz, shared);
    return INVALID_VALUE;
  }
  if (lost()) return LAUNCH_FAILURE;
  launches++;
  // The driver copies the arguments when the launch is submitted.
  std::vector<std::string> copies;
  for (size_t i = 0; i < entry->arguments; i++) {
    copies.emplace_back(static_cast<const char*>(arguments[i]), entry->sizes[i]);
  }
  emulator::submit([=] {
    std::vector<std::string> own = copies;
    std::vector<void*> pointers;
    for (auto& argument : own) pointers.push_back(argument.data());
    unsigned grid[] = {gx, gy, gz}, block[] = {bx, by, bz};
    entry->launch(pointers.data(), grid, block, shared);
  });
  return SUCCESS;
}
