#include "CKernels.h"

#if defined(__x86_64__)

extern const vc_kernels vc_kernels_baseline, vc_kernels_avx2, vc_kernels_avx512,
    vc_kernels_avx512bf16;

const vc_kernels *const *vc_available_kernels(int32_t *count) {
  static const vc_kernels *const all[] = {&vc_kernels_baseline, &vc_kernels_avx2, &vc_kernels_avx512,
                                          &vc_kernels_avx512bf16};
  __builtin_cpu_init();
  *count = 1;
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return all;
  *count = 2;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"))
    *count = __builtin_cpu_supports("avx512bf16") ? 4 : 3;
  return all;
}

#elif defined(__aarch64__)

extern const vc_kernels vc_kernels_neon;

const vc_kernels *const *vc_available_kernels(int32_t *count) {
  static const vc_kernels *const all[] = {&vc_kernels_neon};
  *count = 1;
  return all;
}

#else

extern const vc_kernels vc_kernels_baseline;

const vc_kernels *const *vc_available_kernels(int32_t *count) {
  static const vc_kernels *const all[] = {&vc_kernels_baseline};
  *count = 1;
  return all;
}

#endif
