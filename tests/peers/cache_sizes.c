/*
 * Tells the oneDNN inside libtorch how large the processor's caches are, where the virtual machine
 * hides it.
 *
 * oneDNN asks Xbyak, which asks CPUID. Some hypervisors leave that leaf empty; Xbyak then believes
 * in caches of one byte, and oneDNN divides by zero (SIGFPE) while it plans a 1x1 convolution. This
 * library is preloaded into the rival's process. As soon as the library PEER_LIBRARY is there, it
 * calls the function at PEER_CPU_FUNCTION (an offset in the library: dnnl::impl::cpu::x64::cpu(),
 * which makes the one description of the processor, PEER_CPU_BYTES long), and if the sizes in it are
 * as good as nothing, puts PEER_CACHES there: bytes of the first, second and third level for one
 * core, for example 49152,1048576,4194304. True sizes are never touched. CacheSizes.java finds the
 * offset with nm, compiles this and sets the variables.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 10, LEVELS = 3, LEAST_BYTES = 4096 };

/* As Xbyak::util::Cpu keeps it, somewhere inside. */
struct caches {
  uint32_t bytes[MOST_LEVELS];
  uint32_t sharing[MOST_LEVELS];
  uint32_t levels;
};

static int is_library(struct dl_phdr_info *info, size_t size, void *base) {
  const char *name = getenv("PEER_LIBRARY");
  (void)size;
  if (name == NULL || strstr(info->dlpi_name, name) == NULL) {
    return 0;
  }
  *(uintptr_t *)base = info->dlpi_addr;
  return 1;
}

/* Between one and three levels, each with sizes and sharers below LEAST_BYTES and nothing beyond. */
static int hidden(const struct caches *caches) {
  if (caches->levels < 1 || caches->levels > LEVELS) {
    return 0;
  }
  for (uint32_t i = 0; i < MOST_LEVELS; i++) {
    int there = i < caches->levels;
    if (there != (caches->bytes[i] > 0) || there != (caches->sharing[i] > 0) ||
        caches->bytes[i] >= LEAST_BYTES || caches->sharing[i] >= LEAST_BYTES) {
      return 0;
    }
  }
  return 1;
}

static void describe(struct caches *caches, const char *sizes) {
  unsigned long bytes[LEVELS];
  if (sizes == NULL || sscanf(sizes, "%lu,%lu,%lu", bytes, bytes + 1, bytes + 2) != LEVELS) {
    fprintf(stderr, "cache_sizes: PEER_CACHES is not three numbers\n");
    return;
  }
  for (int i = 0; i < LEVELS; i++) {
    caches->bytes[i] = (uint32_t)bytes[i];
    caches->sharing[i] = 1;
  }
  caches->levels = LEVELS;
  fprintf(stderr, "cache_sizes: CPUID hides the caches; they are said to have %s bytes\n", sizes);
}

static void look(void) {
  static int done = 0;
  const char *function = getenv("PEER_CPU_FUNCTION");
  const char *length = getenv("PEER_CPU_BYTES");
  uintptr_t base = 0;
  if (done || function == NULL || length == NULL) {
    return;
  }
  dl_iterate_phdr(is_library, &base);
  if (base == 0) {
    return;
  }
  done = 1;
  const void *(*cpu)(void) = (const void *(*)(void))(base + strtoul(function, NULL, 16));
  char *description = (char *)cpu();
  size_t size = strtoul(length, NULL, 16);
  for (size_t at = 0; at + sizeof(struct caches) <= size; at += sizeof(uint32_t)) {
    struct caches *caches = (struct caches *)(description + at);
    if (hidden(caches)) {
      describe(caches, getenv("PEER_CACHES"));
      return;
    }
  }
}

/* The JVM opens every native library through this. */
void *dlopen(const char *file, int mode) {
  static void *(*next)(const char *, int) = NULL;
  if (next == NULL) {
    next = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  }
  void *library = next(file, mode);
  look();
  return library;
}
