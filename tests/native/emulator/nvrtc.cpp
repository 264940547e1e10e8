// NVRTC: kernels compiled by g++ as C++ with cuda_on_host.h.
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include "emulator.h"

namespace {

struct Program {
  std::string source, name, log, image;
};

// Compiled libraries keep their entry points in a table: name, sizes of the arguments, launcher.
const char* TABLE_TYPES = R"(
#include <type_traits>
#include <utility>
namespace emulated {
struct Entry {
  const char* name;
  size_t arguments;
  const size_t* sizes;
  void (*launch)(void**, const unsigned*, const unsigned*, size_t);
};
static void** values;
template <auto F> struct Kernel;
template <typename... A, void (*F)(A...)>
struct Kernel<F> {
  static constexpr size_t sizes[] = {sizeof(A)...};
  template <size_t... I>
  static void spread(std::index_sequence<I...>) {
    F(*static_cast<std::remove_const_t<A>*>(values[I])...);
  }
  static void launch(void** arguments, const unsigned* g, const unsigned* b, size_t shared) {
    values = arguments;
    try {
      host::launch([] { spread(std::index_sequence_for<A...>()); }, {g[0], g[1], g[2]},
                   {b[0], b[1], b[2]}, shared, false);
    } catch (const std::exception& e) {
      fprintf(stderr, "emulator: %s\n", e.what());
      abort();
    }
  }
  static constexpr Entry entry(const char* name) { return {name, sizeof...(A), sizes, launch}; }
};
}  // namespace emulated
)";

std::set<std::string> entries(const std::string& source) {
  std::set<std::string> names;
  std::regex entry("ENTRY\\((\\w+)\\)\\s*\\(");
  for (std::sregex_iterator i(source.begin(), source.end(), entry), end; i != end; ++i) {
    names.insert((*i)[1]);
  }
  return names;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

EXPORT const char* nvrtcGetErrorString(int status) {
  return status == 0 ? "NVRTC_SUCCESS" : "NVRTC_ERROR_COMPILATION";
}
EXPORT int nvrtcVersion(int* major, int* minor) {
  *major = 0;  // so that no real cubin is ever taken for one of these
  *minor = 1;
  return 0;
}
EXPORT int nvrtcCreateProgram(void** program, const char* source, const char* name, int,
                              const char* const*, const char* const*) {
  auto* made = new Program();
  made->source = source;
  made->name = name;
  *program = made;
  return 0;
}
EXPORT int nvrtcDestroyProgram(void** program) {
  delete static_cast<Program*>(*program);
  *program = nullptr;
  return 0;
}
EXPORT int nvrtcCompileProgram(void* handle, int count, const char* const* options) {
  auto* program = static_cast<Program*>(handle);
  const char* headers = getenv("EMULATOR_HEADERS");
  if (headers == nullptr) {
    program->log = "EMULATOR_HEADERS does not say where cuda_on_host.h is";
    return 6;
  }
  std::string folder = std::filesystem::temp_directory_path() / "convoy-emulator-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 6;
  std::string base = folder + "/kernel";
  std::ostringstream command;
  command << "g++ -std=c++17 -O1 -fPIC -shared -w -DCONVOY_ON_HOST -I" << headers;
  for (int i = 0; i < count; i++) {
    if (strncmp(options[i], "-D", 2) == 0) command << " " << options[i];
  }
  command << " -o " << base << ".so " << base << ".cpp 2> " << base << ".log";
  {
    std::ofstream out(base + ".cpp");
    out << "#include \"cuda_on_host.h\"\n" << TABLE_TYPES << program->source << "\n";
    out << "extern \"C\" const emulated::Entry convoy_kernel_table[] = {\n";
    for (const std::string& name : entries(program->source)) {
      out << "#define AS_TEXT(x) AS_TEXT2(x)\n#define AS_TEXT2(x) #x\n";
      out << "emulated::Kernel<ENTRY(" << name << ")>::entry(AS_TEXT(ENTRY(" << name << "))),\n";
    }
    out << "{nullptr, 0, nullptr, nullptr}};\n";
  }
  int status = system(command.str().c_str());
  program->log = read_file(base + ".log");
  std::string library = read_file(base + ".so");
  uint64_t bytes = library.size();
  program->image = std::string(reinterpret_cast<char*>(&bytes), sizeof bytes) + library;
  std::filesystem::remove_all(folder);
  return status == 0 ? 0 : 6;
}
EXPORT int nvrtcGetCUBINSize(void* program, size_t* bytes) {
  *bytes = static_cast<Program*>(program)->image.size();
  return 0;
}
EXPORT int nvrtcGetCUBIN(void* program, char* target) {
  const std::string& image = static_cast<Program*>(program)->image;
  memcpy(target, image.data(), image.size());
  return 0;
}
EXPORT int nvrtcGetProgramLogSize(void* program, size_t* bytes) {
  *bytes = static_cast<Program*>(program)->log.size() + 1;
  return 0;
}
EXPORT int nvrtcGetProgramLog(void* program, char* target) {
  const std::string& log = static_cast<Program*>(program)->log;
  memcpy(target, log.c_str(), log.size() + 1);
  return 0;
}
