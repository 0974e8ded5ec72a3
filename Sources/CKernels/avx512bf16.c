// As avx512.c, but products take operands rounded to bfloat16.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"))), \
    apply_to = function)
#define WIDTH 16
#define ACCUMULATORS 24
#define WIDE 2
#define BF16 1
#define TABLE vc_kernels_avx512bf16
#define NAME "avx512bf16"
#include "template/kernels.h"
#pragma clang attribute pop
#endif
