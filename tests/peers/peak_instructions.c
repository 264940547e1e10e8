/*
 * The rate of multiply-adds in registers alone, on all cores: what no kernel can exceed. Needs
 * AVX-512 with BF16 and VNNI.
 *
 *   gcc -O3 -march=native -fopenmp -o peak peak_instructions.c && OMP_NUM_THREADS=2 ./peak
 */
#include <immintrin.h>
#include <omp.h>
#include <stdio.h>

enum { CHAINS = 12, ROUNDS = 7 };

static const long REPEATS = 30000000;

/* Keeps all sums alive and in registers. */
#define USE(s)                                                                                     \
  __asm__ volatile("" ::"v"(s[0]), "v"(s[1]), "v"(s[2]), "v"(s[3]), "v"(s[4]), "v"(s[5]),          \
                   "v"(s[6]), "v"(s[7]), "v"(s[8]), "v"(s[9]), "v"(s[10]), "v"(s[11]))

#define LOOP(sums, step)                                                                           \
  for (long k = 0; k < REPEATS; k++) {                                                             \
    _Pragma("GCC unroll 12") for (int i = 0; i < CHAINS; i++) { sums[i] = step; }                  \
    USE(sums);                                                                                     \
  }

static void f32(void) {
  __m512 sums[CHAINS], x = _mm512_set1_ps(1), y = _mm512_set1_ps(0.5f);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps(i);
  LOOP(sums, _mm512_fmadd_ps(sums[i], x, y))
}

static void bf16(void) {
  __m512 sums[CHAINS];
  __m512bh x = (__m512bh)_mm512_set1_epi32(0x3f803f80);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_ps(i);
  LOOP(sums, _mm512_dpbf16_ps(sums[i], x, x))
}

static void int8(void) {
  __m512i sums[CHAINS], x = _mm512_set1_epi8(1);
  for (int i = 0; i < CHAINS; i++) sums[i] = _mm512_set1_epi32(i);
  LOOP(sums, _mm512_dpbusd_epi32(sums[i], x, x))
}

/* Operations are two for each of `products` in an instruction. */
static void measure(const char *name, void (*loop)(void), int products) {
  double best = 0;
  for (int round = 0; round < ROUNDS; round++) {
    double start = omp_get_wtime();
#pragma omp parallel
    loop();
    double rate = 2.0 * products * CHAINS * REPEATS * omp_get_max_threads() / (omp_get_wtime() - start);
    best = rate > best ? rate : best;
  }
  printf("%s: %.0f G operations a second with %d threads\n", name, best / 1e9, omp_get_max_threads());
}

int main(void) {
  measure("f32", f32, 16);
  measure("bf16", bf16, 32);
  measure("int8", int8, 64);
}
