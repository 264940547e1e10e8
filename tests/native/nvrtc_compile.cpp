// Compiles kernels with NVRTC as the CUDA backend does, which needs no GPU and no driver: no include
// path, only the .cuh files beside the sources, so that a toolkit header that slips in is found.
//
//   nvrtc_compile LIBNVRTC FOLDER ARCHITECTURES ELEMENTS [SOURCE…]
//
// ARCHITECTURES and ELEMENTS are separated by commas: sm_80,sm_90 F32,BF16. Prints what ptxas says
// of each kernel; exit status 1 if one does not compile.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

struct Nvrtc {
  using Program = void*;
  int (*create)(Program*, const char*, const char*, int, const char* const*, const char* const*);
  int (*compile)(Program, int, const char* const*);
  int (*log_size)(Program, size_t*);
  int (*log)(Program, char*);
  int (*cubin_size)(Program, size_t*);
  int (*destroy)(Program*);
};

template <typename F>
static void bind(void* library, const char* name, F* function) {
  *function = reinterpret_cast<F>(dlsym(library, name));
  if (*function == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(2);
  }
}

static Nvrtc open(const char* path) {
  void* library = dlopen(path, RTLD_NOW);
  if (library == nullptr) {
    std::fprintf(stderr, "%s\n", dlerror());
    std::exit(2);
  }
  Nvrtc n;
  bind(library, "nvrtcCreateProgram", &n.create);
  bind(library, "nvrtcCompileProgram", &n.compile);
  bind(library, "nvrtcGetProgramLogSize", &n.log_size);
  bind(library, "nvrtcGetProgramLog", &n.log);
  bind(library, "nvrtcGetCUBINSize", &n.cubin_size);
  bind(library, "nvrtcDestroyProgram", &n.destroy);
  return n;
}

static Strings split(const std::string& list) {
  Strings parts;
  std::stringstream stream(list);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

static std::string text(const fs::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

static bool compile(const Nvrtc& nvrtc, const fs::path& source, const Strings& names,
                    const Strings& headers, const std::string& arch, const std::string& element) {
  std::vector<const char*> header_names, header_texts;
  for (const std::string& name : names) header_names.push_back(name.c_str());
  for (const std::string& header : headers) header_texts.push_back(header.c_str());
  std::string code = text(source);
  Nvrtc::Program program;
  nvrtc.create(&program, code.c_str(), source.filename().c_str(), static_cast<int>(names.size()),
               header_texts.data(), header_names.data());
  std::string arch_option = "--gpu-architecture=" + arch;
  std::string element_option = "-DELEMENT_" + element;
  const char* options[] = {arch_option.c_str(), element_option.c_str(), "--std=c++17",
                           "--ptxas-options=-v"};
  int failed = nvrtc.compile(program, 4, options);
  size_t log_size = 0, cubin_size = 0;
  nvrtc.log_size(program, &log_size);
  std::string log(log_size, '\0');
  nvrtc.log(program, log.data());
  if (!failed) nvrtc.cubin_size(program, &cubin_size);
  nvrtc.destroy(&program);
  std::cout << source.filename().string() << ' ' << element << ' ' << arch << ": "
            << (failed ? "FAILED" : std::to_string(cubin_size) + " bytes") << '\n'
            << log.c_str() << '\n';
  return !failed && cubin_size > 0;
}

int main(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "nvrtc_compile LIBNVRTC FOLDER ARCHITECTURES ELEMENTS [SOURCE…]\n");
    return 2;
  }
  Nvrtc nvrtc = open(arguments[1]);
  std::vector<fs::path> sources;
  Strings names, headers;
  for (const fs::directory_entry& file : fs::directory_iterator(arguments[2])) {
    if (file.path().extension() == ".cuh") {
      names.push_back(file.path().filename().string());
      headers.push_back(text(file.path()));
    }
    if (file.path().extension() == ".cu" && count == 5) sources.push_back(file.path());
  }
  for (int i = 5; i < count; i++) sources.push_back(fs::path(arguments[2]) / arguments[i]);
  bool good = true;
  for (const std::string& arch : split(arguments[3])) {
    for (const std::string& element : split(arguments[4])) {
      for (const fs::path& source : sources) {
        good &= compile(nvrtc, source, names, headers, arch, element);
      }
    }
  }
  return good ? 0 : 1;
}
