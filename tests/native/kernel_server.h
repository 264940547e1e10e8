// Launches kernels on request: reads a launch with its buffers from standard input, runs it with
// cuda_on_host.h and writes the buffers back, until the input ends.
#pragma once
#include "cuda_on_host.h"

#include <unistd.h>

#include <type_traits>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size)
#define ASAN_UNPOISON_MEMORY_REGION(address, size)
#endif

namespace server {

struct Entry {
  const char* name;
  std::vector<size_t> sizes;
  void (*call)(void**);
};

template <auto F>
struct Caller;
template <typename... A, void (*F)(A...)>
struct Caller<F> {
  static void call(void** values) { spread(values, std::index_sequence_for<A...>()); }
  template <size_t... I>
  static void spread(void** values, std::index_sequence<I...>) {
    F(*static_cast<std::remove_const_t<A>*>(values[I])...);
  }
  static Entry entry(const char* name) { return {name, {sizeof(A)...}, call}; }
};

static void read_fully(void* target, size_t bytes) {
  for (char* p = static_cast<char*>(target); bytes > 0;) {
    ssize_t got = read(0, p, bytes);
    if (got <= 0) exit(0);
    p += got;
    bytes -= got;
  }
}

static void write_fully(const void* source, size_t bytes) {
  for (const char* p = static_cast<const char*>(source); bytes > 0;) {
    ssize_t put = write(1, p, bytes);
    if (put <= 0) exit(1);
    p += put;
    bytes -= put;
  }
}

template <typename T>
static T take() {
  T value;
  read_fully(&value, sizeof value);
  return value;
}

static std::string take_bytes() {
  std::string text(take<int>(), '\0');
  read_fully(&text[0], text.size());
  return text;
}

// A buffer between two guards that nobody may write to.
class Buffer {
 public:
  explicit Buffer(size_t bytes) : size(bytes), memory(bytes + 2 * GUARD, 0x5a) {
    ASAN_POISON_MEMORY_REGION(&memory[0], GUARD);
    ASAN_POISON_MEMORY_REGION(&memory[0] + GUARD + size, GUARD);
  }
  Buffer(const Buffer&) = delete;
  ~Buffer() { unpoison(); }
  char* data() { return &memory[0] + GUARD; }
  bool guards_intact() {
    unpoison();
    for (size_t i = 0; i < GUARD; i++) {
      if (memory[i] != 0x5a || memory[GUARD + size + i] != 0x5a) return false;
    }
    return true;
  }
  const size_t size;

 private:
  void unpoison() { ASAN_UNPOISON_MEMORY_REGION(&memory[0], memory.size()); }
  static constexpr size_t GUARD = 256;
  std::string memory;
};

static void** values;
static void (*call)(void**);

static void check(const Entry& entry, const std::vector<std::string>& arguments) {
  if (arguments.size() != entry.sizes.size()) {
    throw std::runtime_error("takes " + std::to_string(entry.sizes.size()) + " arguments, got " +
                             std::to_string(arguments.size()));
  }
  for (size_t i = 0; i < arguments.size(); i++) {
    if (arguments[i].size() != entry.sizes[i]) {
      throw std::runtime_error("argument " + std::to_string(i) + " has " +
                               std::to_string(entry.sizes[i]) + " bytes, got " +
                               std::to_string(arguments[i].size()));
    }
  }
}

static const Entry& find(const std::vector<Entry>& entries, const std::string& name) {
  for (const Entry& entry : entries) {
    if (name == entry.name) return entry;
  }
  throw std::runtime_error("no such kernel");
}

static dim3 take_dim() {
  unsigned x = take<int>(), y = take<int>(), z = take<int>();
  return {x, y, z};
}

static void answer(const std::string& failure, std::deque<Buffer>& buffers) {
  int length = static_cast<int>(failure.size());
  write_fully(&length, sizeof length);
  write_fully(failure.data(), failure.size());
  for (Buffer& buffer : buffers) write_fully(buffer.data(), buffer.size);
}

static void serve_one(const std::vector<Entry>& entries) {
  std::string name = take_bytes();
  dim3 grid = take_dim(), block = take_dim();
  int shared = take<int>();
  bool reversed = take<int>() != 0;
  std::deque<Buffer> buffers;
  for (int n = take<int>(); n > 0; n--) {
    buffers.emplace_back(static_cast<size_t>(take<long long>()));
    read_fully(buffers.back().data(), buffers.back().size);
  }
  std::vector<std::string> arguments;
  for (int n = take<int>(); n > 0; n--) {
    int buffer = take<int>();
    std::string bytes = take_bytes();
    if (buffer >= 0) {  // the bytes are an offset: pass the address
      long long offset;
      memcpy(&offset, bytes.data(), sizeof offset);
      char* address = buffers[buffer].data() + offset;
      bytes.assign(reinterpret_cast<char*>(&address), sizeof address);
    }
    arguments.push_back(bytes);
  }
  for (int n = take<int>(); n > 0; n--) {  // addresses inside tables
    int table = take<int>();
    long long offset = take<long long>();
    char* address = buffers[take<int>()].data();
    memcpy(buffers[table].data() + offset, &address, sizeof address);
  }
  std::string failure;
  try {
    const Entry& entry = find(entries, name);
    check(entry, arguments);
    std::vector<void*> pointers;
    for (std::string& argument : arguments) pointers.push_back(&argument[0]);
    values = pointers.data();
    call = entry.call;
    host::launch([] { call(values); }, grid, block, static_cast<size_t>(shared), reversed);
    for (size_t i = 0; i < buffers.size(); i++) {
      if (!buffers[i].guards_intact()) {
        throw std::runtime_error("wrote outside buffer " + std::to_string(i));
      }
    }
  } catch (const std::exception& e) {
    failure = name + ": " + e.what();
    for (Buffer& buffer : buffers) buffer.guards_intact();
  }
  answer(failure, buffers);
}

static int serve(const std::vector<Entry>& entries) {
  for (;;) serve_one(entries);
}

}  // namespace server
