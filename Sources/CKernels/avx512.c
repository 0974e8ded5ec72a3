// 16 floats a register, 32 registers.
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#define WIDTH 16
#define ACCUMULATORS 24
#define WIDE 2
#define TABLE vc_kernels_avx512
#define NAME "avx512"
#include "template/kernels.h"
#pragma clang attribute pop
#endif
