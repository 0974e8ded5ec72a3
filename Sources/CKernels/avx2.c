// 8 floats a register, 16 registers.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define WIDTH 8
#define ACCUMULATORS 12
#define WIDE 2
#define TABLE vc_kernels_avx2
#define NAME "avx2"
#include "template/kernels.h"
#pragma clang attribute pop
#endif
