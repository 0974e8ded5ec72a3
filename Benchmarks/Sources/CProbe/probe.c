#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

double probe_cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

#if defined(__GLIBC__)
static int64_t allocations;

// The executable's functions take the place of the library's; the library's go by these names too.
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static void count(void) { __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED); }

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  count();
  return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size) {
  count();
  return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **p, size_t alignment, size_t size) {
  count();
  *p = __libc_memalign(alignment, size);
  return *p ? 0 : ENOMEM;
}

int64_t probe_allocations(void) { return __atomic_load_n(&allocations, __ATOMIC_RELAXED); }
int probe_counts_allocations(void) { return 1; }
#else
int64_t probe_allocations(void) { return 0; }
int probe_counts_allocations(void) { return 0; }
#endif

// Twelve independent chains hide the latency of a multiply-add, and leave registers for the factors.
#define CHAINS 12
#define PEAK(name, width, attributes)                                               \
  typedef float vec_##name __attribute__((vector_size(width * 4)));                 \
  attributes static double name(double seconds) {                                   \
    double best = 0;                                                                \
    float sink = 0;                                                                 \
    const double end = probe_cpu_seconds() + seconds;                               \
    while (probe_cpu_seconds() < end) {                                             \
      vec_##name a[CHAINS], b = (vec_##name){} + 0.999f, c = (vec_##name){} + 0.001f; \
      for (int i = 0; i < CHAINS; i++) a[i] = b;                                    \
      const long rounds = 200000;                                                   \
      const double start = probe_cpu_seconds();                                     \
      for (long k = 0; k < rounds; k++)                                             \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++)         \
            a[i] = a[i] * b + c;                                                    \
      const double took = probe_cpu_seconds() - start;                              \
      for (int i = 0; i < CHAINS; i++) sink += a[i][0];                             \
      const double rate = 2.0 * CHAINS * width * rounds / took;                     \
      if (rate > best) best = rate;                                                 \
    }                                                                               \
    return sink == 12345 ? 0 : best * 1e-9;                                         \
  }

#pragma clang fp contract(fast)
#if defined(__x86_64__)
PEAK(peak_avx512, 16, __attribute__((target("avx512f,fma"))))
PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"))))

// Of pairs in bfloat16: twice as many operations.
__attribute__((target("avx512f,avx512bf16"))) static double peak_avx512bf16(double seconds) {
  double best = 0;
  float sink = 0;
  const double end = probe_cpu_seconds() + seconds;
  while (probe_cpu_seconds() < end) {
    __m512 a[CHAINS];
    const __m512bh b = _mm512_cvtne2ps_pbh(_mm512_set1_ps(0.999f), _mm512_set1_ps(0.001f));
    for (int i = 0; i < CHAINS; i++) a[i] = _mm512_setzero_ps();
    const long rounds = 200000;
    const double start = probe_cpu_seconds();
    for (long k = 0; k < rounds; k++)
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++)
          a[i] = _mm512_dpbf16_ps(a[i], b, b);
    const double took = probe_cpu_seconds() - start;
    for (int i = 0; i < CHAINS; i++) sink += a[i][0];
    const double rate = 4.0 * CHAINS * 16 * rounds / took;
    if (rate > best) best = rate;
  }
  return sink == 12345 ? 0 : best * 1e-9;
}
#endif
PEAK(peak_baseline, 4, )

double probe_peak(const char *isa, double seconds) {
#if defined(__x86_64__)
  if (!strcmp(isa, "avx512bf16")) return peak_avx512bf16(seconds);
  if (!strcmp(isa, "avx512")) return peak_avx512(seconds);
  if (!strcmp(isa, "avx2")) return peak_avx2(seconds);
#else
  (void)isa;
#endif
  return peak_baseline(seconds);
}
