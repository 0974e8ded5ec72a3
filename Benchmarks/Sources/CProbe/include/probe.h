// What a benchmark wants to know of the machine and of the memory that is asked for.
#pragma once
#include <stdint.h>

// Calls of malloc and its kin by this process so far; 0 where they cannot be counted.
int64_t probe_allocations(void);
int probe_counts_allocations(void);

// Multiply-adds of full vectors from registers, for about `seconds`: billions of floating-point operations
// a second. `isa` is "avx512bf16", "avx512", "avx2" or anything else for what every processor has.
double probe_peak(const char *isa, double seconds);

// Seconds of processor time of this process.
double probe_cpu_seconds(void);
