// Runs CUDA kernels on the CPU, so that their logic is tested without a GPU.
//
// Every CUDA thread is a fiber; one that never waits gives its stack to the next. Blocks run one
// after another. __syncthreads and the warp functions yield until all threads that take part have
// arrived; if they cannot, the launch fails with block, thread and line. Threads and blocks can be
// run in reverse order, which changes results where a barrier is missing. Races that only parallel
// hardware shows are not found here.
#pragma once
#define CONVOY_ON_HOST

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#ifndef __x86_64__
#include <ucontext.h>
#endif

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#define __global__ inline
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)
#define __align__(n) alignas(n)
#define __expf(x) expf(x)
#define __logf(x) logf(x)
#define __syncthreads() host::wait_for_block(__FILE__, __LINE__)

struct uint3 {
  unsigned x, y, z;
};
typedef uint3 dim3;
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
static uint3 threadIdx, blockIdx;
static dim3 blockDim, gridDim;

inline float __uint_as_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}
inline unsigned __float_as_uint(float value) {
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(static_cast<unsigned long long>(a) * b >> 32);
}
inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline void __threadfence() {}
template <typename T>
T atomicAdd(T* target, T value) { T old = *target; *target = old + value; return old; }
template <typename T>
T atomicMax(T* target, T value) { T old = *target; *target = old < value ? value : old; return old; }
template <typename T>
T atomicCAS(T* target, T expected, T value) {
  T old = *target;
  if (old == expected) *target = value;
  return old;
}

namespace host {

enum class Wait { NONE, BLOCK, WARP, DONE };

struct Thread {
  Wait wait = Wait::NONE;
  int line = 0;
  const char* file = "";
  int fiber = -1;
  unsigned exchanges = 0;
};

// A stack with the registers saved on it.
struct Fiber {
#ifdef __x86_64__
  void* stack_pointer = nullptr;
#else
  ucontext_t context;
#endif
  char* stack = nullptr;
};

constexpr size_t STACK = 256 << 10;
static std::vector<Thread> threads;
static std::deque<Fiber> fibers;
static Fiber scheduler;
static std::vector<int> idle_fibers;
static std::vector<unsigned long long> exchange;
static std::vector<char> shared_bytes;
static void (*kernel_body)();
static int current, current_fiber, next_thread;
static bool reversed;

#ifdef __x86_64__
extern "C" void convoy_switch_stack(void** save, void* load);
__asm__(
    ".text\n.type convoy_switch_stack,@function\nconvoy_switch_stack:\n"
    "push %rbp\npush %rbx\npush %r12\npush %r13\npush %r14\npush %r15\n"
    "mov %rsp,(%rdi)\nmov %rsi,%rsp\n"
    "pop %r15\npop %r14\npop %r13\npop %r12\npop %rbx\npop %rbp\nret\n");
static void switch_to(Fiber& from, Fiber& to) {
  convoy_switch_stack(&from.stack_pointer, to.stack_pointer);
}
#else
static void switch_to(Fiber& from, Fiber& to) { swapcontext(&from.context, &to.context); }
#endif

static void set_thread(int index) {
  current = index;
  unsigned i = static_cast<unsigned>(index);
  threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
}

static int in_order(int position) {
  return reversed ? static_cast<int>(threads.size()) - 1 - position : position;
}

// Runs threads until one waits: the fiber then belongs to that thread until it ends.
static void fiber_body() {
  for (;;) {
    while (next_thread < static_cast<int>(threads.size())) {
      set_thread(in_order(next_thread++));
      threads[current].fiber = current_fiber;
      kernel_body();
      threads[current].wait = Wait::DONE;
    }
    idle_fibers.push_back(current_fiber);
    switch_to(fibers[current_fiber], scheduler);
  }
}

static int new_fiber() {
  if (!idle_fibers.empty()) {
    int fiber = idle_fibers.back();
    idle_fibers.pop_back();
    return fiber;
  }
  Fiber f;
  f.stack = static_cast<char*>(mmap(nullptr, STACK, PROT_READ | PROT_WRITE,
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (f.stack == MAP_FAILED) throw std::runtime_error("no memory for a fiber's stack");
#ifdef __x86_64__
  void** top = reinterpret_cast<void**>(f.stack + STACK) - 2;
  *top = reinterpret_cast<void*>(fiber_body);
  f.stack_pointer = top - 6;
#else
  getcontext(&f.context);
  f.context.uc_stack.ss_sp = f.stack;
  f.context.uc_stack.ss_size = STACK;
#endif
  fibers.push_back(f);
#ifndef __x86_64__
  makecontext(&fibers.back().context, fiber_body, 0);
#endif
  return static_cast<int>(fibers.size()) - 1;
}

static void wait_here(Wait wait, const char* file, int line) {
  Thread& self = threads[current];
  int index = current;
  self.wait = wait;
  self.file = file;
  self.line = line;
  switch_to(fibers[self.fiber], scheduler);
  set_thread(index);
}

static void wait_for_block(const char* file, int line) { wait_here(Wait::BLOCK, file, line); }

// Each lane leaves a value and reads another's after all lanes of the warp have come. Two buffers
// take turns, so that a fast lane does not overwrite what a slow one still reads.
template <typename T>
T exchange_lanes(T value, int source, const char* file, int line) {
  static_assert(sizeof(T) <= 8, "a shuffle moves up to eight bytes");
  size_t half = (threads[current].exchanges++ & 1) * threads.size();
  memcpy(&exchange[half + current], &value, sizeof value);
  wait_here(Wait::WARP, file, line);
  size_t lane = current / 32 * 32 + source;
  if (lane >= threads.size()) return value;
  memcpy(&value, &exchange[half + lane], sizeof value);
  return value;
}

static std::string describe(int index) {
  unsigned i = static_cast<unsigned>(index);
  char text[160];
  snprintf(text, sizeof text, "thread (%u, %u, %u) of block (%u, %u, %u)", i % blockDim.x,
           i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y, blockIdx.x, blockIdx.y,
           blockIdx.z);
  return text;
}

static std::string describe_wait(int index) {
  const Thread& t = threads[index];
  if (t.wait == Wait::DONE) return describe(index) + " has ended";
  return describe(index) + " waits at " + t.file + ":" + std::to_string(t.line);
}

static void diverged(int one, int other) {
  throw std::runtime_error("divergent barrier: " + describe_wait(one) + ", " +
                           describe_wait(other));
}

// Frees the threads in [begin, end) if all of them wait at one place.
static bool release(int begin, int end, Wait wait) {
  for (int i = begin; i < end; i++) {
    if (threads[i].wait != wait) return false;
    if (threads[i].line != threads[begin].line) diverged(begin, i);
  }
  for (int i = begin; i < end; i++) threads[i].wait = Wait::NONE;
  return true;
}

static bool release_any() {
  int count = static_cast<int>(threads.size());
  if (release(0, count, Wait::BLOCK)) return true;
  bool released = false;
  for (int warp = 0; warp < count; warp += 32) {
    released |= release(warp, warp + 32 < count ? warp + 32 : count, Wait::WARP);
  }
  return released;
}

static void resume(int fiber) {
  current_fiber = fiber;
  switch_to(scheduler, fibers[fiber]);
}

static void run_block() {
  int count = static_cast<int>(threads.size());
  for (Thread& t : threads) t = Thread();
  for (next_thread = 0; next_thread < count;) resume(new_fiber());
  for (;;) {
    int waiting = -1;
    for (int i = 0; i < count; i++) {
      if (threads[i].wait != Wait::DONE) waiting = i;
    }
    if (waiting < 0) return;
    if (!release_any()) {
      for (int i = 0; i < count; i++) {
        if (threads[i].wait != threads[waiting].wait) diverged(waiting, i);
      }
      throw std::runtime_error("deadlock: " + describe_wait(waiting));
    }
    for (int i = 0; i < count; i++) {
      Thread& t = threads[in_order(i)];
      if (t.wait == Wait::NONE) {
        set_thread(in_order(i));
        resume(t.fiber);
      }
    }
  }
}

// Runs `body` once a thread of the grid.
static void launch(void (*body)(), dim3 grid, dim3 block, size_t shared, bool in_reverse) {
  gridDim = grid;
  blockDim = block;
  kernel_body = body;
  reversed = in_reverse;
  threads.assign(static_cast<size_t>(block.x) * block.y * block.z, Thread());
  exchange.assign(2 * threads.size(), 0);
  std::vector<char>(shared + 16).swap(shared_bytes);
  unsigned blocks = grid.x * grid.y * grid.z;
  for (unsigned i = 0; i < blocks; i++) {
    unsigned b = reversed ? blocks - 1 - i : i;
    blockIdx = {b % grid.x, b / grid.x % grid.y, b / grid.x / grid.y};
    run_block();
  }
}

}  // namespace host

static void* dynamic_shared_memory() {
  size_t address = reinterpret_cast<size_t>(host::shared_bytes.data());
  return reinterpret_cast<void*>((address + 15) / 16 * 16);
}

#define __shfl_sync(mask, value, lane) host::exchange_lanes(value, (lane) & 31, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, lanes) \
  host::exchange_lanes(value, static_cast<int>(host::current % 32) ^ (lanes), __FILE__, __LINE__)
#define __shfl_down_sync(mask, value, by)                                                       \
  host::exchange_lanes(value,                                                                   \
                       host::current % 32 + (by) < 32 ? host::current % 32 + static_cast<int>(by) \
                                                      : host::current % 32,                     \
                       __FILE__, __LINE__)
#define __syncwarp() host::wait_here(host::Wait::WARP, __FILE__, __LINE__)
