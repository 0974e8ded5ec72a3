// What products multiply: pairs of numbers along k, rounded to bfloat16. A pair is as large as a float, the
// first number in its lower half, so that pairs are packed, copied and broadcast as floats are. The last of
// an odd number of rows is paired with 0. Functions are those of float32_operands.h.
typedef uint32_t bits __attribute__((vector_size(WIDTH * 4), aligned(4)));

INLINE long depth(long k) { return (k + 1) / 2; }

// To the nearest, ties to even, as the processor does.
INLINE uint32_t bf16(float x) {
  uint32_t b;
  __builtin_memcpy(&b, &x, 4);
  if (x != x) return b >> 16 | 0x40;
  return (b + 0x7FFF + (b >> 16 & 1)) >> 16;
}

INLINE float element(const float *w, long i, long k, long step) {
  const uint32_t pair = bf16(w[2 * i * step]) | (2 * i + 1 < k ? bf16(w[(2 * i + 1) * step]) << 16 : 0);
  float x;
  __builtin_memcpy(&x, &pair, 4);
  return x;
}

INLINE vec splat_element(float x) {
  uint32_t pair;
  __builtin_memcpy(&pair, &x, 4);
  return (vec)((bits){} + pair);
}

// The weight comes last, so that it is broadcast by the instruction itself: three quarters of the speed
// where it is not.
INLINE vec multiply_add(vec sum, vec weight, vec x) {
  return (vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)x, (__m512bh)weight);
}

// Pairs of the numbers of a lane.
INLINE vec pairs(vec first, vec second) {
  typedef uint16_t halves __attribute__((vector_size(64)));
  const halves both = (halves)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first);
  return (vec)__builtin_shufflevector(both, both, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23, 8,
                                      24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

INLINE long elements_size(long k, long lanes, long steps) { return depth(k) * (lanes / WIDTH) * steps; }

static const float *elements_of(const float *x, long *stride, long k, long lanes, long steps, vec *memory) {
  vec *to = memory;
  for (long t = 0; t < steps; t++) {
    const float *row = x + t * *stride;
    for (long i = 0; i < k; i += 2, row += 2 * lanes)
      for (long b = 0; b < lanes; b += WIDTH)
        *to++ = pairs(load(row + b), i + 1 < k ? load(row + lanes + b) : (vec){});
  }
  *stride = depth(k) * lanes;
  return (const float *)memory;
}
