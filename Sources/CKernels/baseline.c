// What every processor of the architecture has, 4 floats a register: SSE2 with 16 registers on x86-64,
// NEON with 32 on arm64.
#define WIDTH 4
#if defined(__aarch64__)
#define ACCUMULATORS 24
#define WIDE 4
#define TABLE vc_kernels_neon
#define NAME "neon"
#else
#define ACCUMULATORS 12
#define WIDE 2
#define TABLE vc_kernels_baseline
#define NAME "baseline"
#endif
#include "template/kernels.h"
